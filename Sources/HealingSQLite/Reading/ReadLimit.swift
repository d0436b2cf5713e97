import Healing
import Synchronization

/// When a read ends early: at its deadline, or when its task is cancelled.
final class ReadLimit: Sendable {
  enum Reason { case deadline, cancelled, log }

  private let what: String
  private let remedy: String
  private let duration: Duration?
  /// The write-ahead log, and the bytes past which the read ends: while it runs, the log keeps everything that is written.
  private let log: (path: String, bytes: Int64)?
  private let time: any TimeSource
  private let endsAt = Atomic<Int64>(.max)
  private let cancelled = Atomic<Bool>(false)

  /// - Parameters:
  ///   - what: what is read, as in "the recoveries of a range".
  ///   - remedy: what to do when the deadline has passed.
  ///   - duration: the longest duration of the read; `nil`: unlimited.
  init(
    _ what: String, remedy: String, _ duration: Duration?, log: (path: String, bytes: Int64)? = nil,
    time: any TimeSource
  ) {
    self.log = log
    self.what = what
    self.remedy = remedy
    self.duration = duration
    self.time = time
  }

  /// Starts the duration.
  func begin() {
    guard let duration else { return }
    let end = time.monotonicNanoseconds().addingReportingOverflow(max(0, duration.nanoseconds))
    endsAt.store(end.overflow ? .max : end.partialValue, ordering: .relaxed)
  }

  func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// Why the read has to end now; `nil` while it may continue.
  var reason: Reason? {
    if cancelled.load(ordering: .relaxed) { return .cancelled }
    if let log, FileIdentity(path: log.path)?.size ?? 0 > log.bytes { return .log }
    let end = endsAt.load(ordering: .relaxed)
    return end != .max && time.monotonicNanoseconds() >= end ? .deadline : nil
  }

  /// Returns the error of a read that was stopped.
  func error(_ reason: Reason, of file: LedgerFile) -> LedgerError {
    switch reason {
    case .deadline:
      LedgerError(
        .deadlineExceeded, ledger: file.path,
        problem: "reading \(what) was stopped at its deadline, after \(duration ?? .zero)", remedy: remedy)
    case .log:
      LedgerError(
        .busy, ledger: file.path,
        problem:
          "reading \(what) was stopped: programs write, and the ledger's log has more than \((log?.bytes ?? 0) >> 20) MiB",
        remedy: remedy)
    case .cancelled:
      LedgerError(
        .cancelled, ledger: file.path, problem: "reading \(what) was stopped: its task was cancelled")
    }
  }
}
