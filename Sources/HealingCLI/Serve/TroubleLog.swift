import HealingServer
import Healing
import Synchronization

/// Logs notices of a ledger. A nearly full disk starts and ends trouble with every batch: the log has one line when trouble
/// begins, and one when the ledger has been written without a failure for ``hold``. Kinds of trouble that alternate
/// meanwhile are logged once each.
final class TroubleLog: Sendable {
  /// How long writing must go well until trouble counts as ended.
  static let hold = Duration.seconds(5)

  private struct Trouble {
    let beganAt: Int64
    var kinds: Set<LedgerError.Code>
    /// When writing went well again, in monotonic nanoseconds; `nil` while it fails.
    var endedAt: Int64?
    var ending: Task<Void, Never>?
  }

  private struct State {
    var trouble: Trouble?
    /// Failed writes that the log has reported.
    var reported: Int64 = 0
    var failedWrites: (@Sendable () -> Int64)?
  }

  private let time: any TimeSource
  private let log: ServerLog
  private let state = Lock(State())

  init(time: any TimeSource = SystemTimeSource(), log: @escaping ServerLog) {
    self.time = time
    self.log = log
  }

  /// - Parameter count: attempts to write that failed since the ledger was opened.
  func countFailures(by count: @escaping @Sendable () -> Int64) {
    state.withLock { $0.failedWrites = count }
  }

  func callAsFunction(_ notice: LedgerNotice) {
    switch notice {
    case .troubleBegan(let error): begin(error, notice)
    case .troubleEnded: end()
    case .reopened: log(.info, "\(notice)", [:])
    case .logKept: log(.warning, "\(notice)", [:])
    case .batchesLost, .continuedInMemory: log(.error, "\(notice)", [:])
    }
  }

  private func begin(_ error: LedgerError, _ notice: LedgerNotice) {
    let now = time.monotonicNanoseconds()
    let isNew = state.withLock { state in
      var trouble = state.trouble ?? Trouble(beganAt: now, kinds: [])
      trouble.ending?.cancel()
      (trouble.endedAt, trouble.ending) = (nil, nil)
      let isNew = trouble.kinds.insert(error.code).inserted
      state.trouble = trouble
      return isNew
    }
    if isNew { log(.error, "\(notice)", [:]) }
  }

  private func end() {
    let now = time.monotonicNanoseconds()
    state.withLock { state in
      guard state.trouble != nil, state.trouble?.endedAt == nil else { return }
      state.trouble?.endedAt = now
      state.trouble?.ending = Task { [self] in
        // Cancelled when trouble begins again.
        guard (try? await time.sleep(for: Self.hold)) != nil else { return }
        settle(endedAt: now)
      }
    }
  }

  /// Logs an end that waits for its hold to pass: the program ends.
  func finish() { settle(endedAt: nil) }

  /// - Parameter endedAt: of the end that has held; `nil`: any.
  private func settle(endedAt: Int64?) {
    let line = state.withLock { state -> (lasted: Duration, failures: Int64)? in
      guard let trouble = state.trouble, let end = trouble.endedAt, endedAt == nil || endedAt == end else {
        return nil
      }
      trouble.ending?.cancel()
      state.trouble = nil
      let total = state.failedWrites?() ?? 0
      defer { state.reported = total }
      return (.milliseconds(max(0, end - trouble.beganAt) / 1_000_000), total - state.reported)
    }
    guard let line else { return }
    log(
      .info, "\(LedgerNotice.troubleEnded(after: line.lasted))", ["failed_writes": String(line.failures)])
  }
}
