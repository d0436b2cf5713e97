import HealingServer
import Healing
import Synchronization

/// Logs the notices of a ledger. On a nearly full disk, writing fails and succeeds again with every batch. So
/// the log gets one line when trouble begins, and one when the ledger has been written without a failure for
/// ``hold``. Alternating kinds of trouble are logged once each in between.
final class TroubleLog: Sendable {
  /// How long writing must succeed before trouble counts as ended.
  static let hold = Duration.seconds(5)

  private struct Trouble {
    let beganAt: Int64
    var kinds: Set<LedgerError.Code>
    /// Time when writing succeeded again, in monotonic nanoseconds; `nil` while it fails.
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

  /// - Parameter count: returns the number of failed writes since the ledger was opened.
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
        // The sleep is cancelled when trouble begins again.
        guard (try? await time.sleep(for: Self.hold)) != nil else { return }
        settle(endedAt: now)
      }
    }
  }

  /// Logs a pending end before the program ends.
  func finish() { settle(endedAt: nil) }

  /// - Parameter endedAt: the pending end to log; `nil`: any.
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
