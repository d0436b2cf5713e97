/// How many executions ended how. Beside the attempts of the same calls: ``ExecutionTotals``.
public struct ExecutionCounts: Sendable, Hashable {
  /// Attempts, answered or failed by the dependency, of executions that were counted before.
  public var extraAttempts: Int64 = 0
  /// Executions whose first attempt was not made.
  public var rejected: Int64 = 0
  /// A retry or a strategy succeeded.
  public var saved: Int64 = 0
  /// A fallback answered.
  public var degraded: Int64 = 0
  /// Failed and rolled back.
  public var undone: Int64 = 0
  /// Nothing answered.
  public var lost: Int64 = 0
  /// The caller or the process ended before the recovery did.
  public var interrupted: Int64 = 0

  /// Extra attempts that a client reports of a retry. No more of them count than there are attempts.
  package var reportedExtra: Int64 = 0
  /// Lost executions that a client's recovery shows to be none of their own, or not lost. No more are taken away than there are.
  package var foundAgain: Int64 = 0

  /// All zero.
  public init() {}

  /// Counts what a sample says of its execution.
  package mutating func add(_ sample: CallSample) {
    switch sample.outcome {
    case .success, .failure: if sample.isExtra { extraAttempts.addClamped(1) }
    case .rejected: if !sample.isExtra { rejected.addClamped(1) }
    case .cancelled, .callerError, nil: break
    }
    if let ended = sample.ended { add(ended) }
  }

  /// Counts an execution that ended.
  public mutating func add(_ outcome: ExecutionOutcome, _ count: Int64 = 1) {
    switch outcome {
    case .saved: saved.addClamped(count)
    case .degraded: degraded.addClamped(count)
    case .undone: undone.addClamped(count)
    case .lost: lost.addClamped(count)
    case .interrupted: interrupted.addClamped(count)
    }
  }

  /// Settles what clients reported against what is there, so that no count becomes negative.
  /// - Parameters:
  ///   - attempts: of the same calls.
  ///   - former: what was counted before, and the attempts then.
  package mutating func settle(attempts: Int64, after former: (attempts: Int64, extra: Int64, lost: Int64)) {
    guard reportedExtra > 0 || foundAgain > 0 else { return }
    let executions = former.attempts.addingClamped(attempts)
      .subtractingClamped(former.extra).subtractingClamped(extraAttempts)
    extraAttempts.addClamped(min(reportedExtra, max(0, executions)))
    lost = lost.subtractingClamped(min(foundAgain, max(0, former.lost.addingClamped(lost))))
    (reportedExtra, foundAgain) = (0, 0)
  }

  /// Counts what another counted.
  public mutating func add(_ other: ExecutionCounts) {
    extraAttempts.addClamped(other.extraAttempts)
    rejected.addClamped(other.rejected)
    saved.addClamped(other.saved)
    degraded.addClamped(other.degraded)
    undone.addClamped(other.undone)
    lost.addClamped(other.lost)
    interrupted.addClamped(other.interrupted)
    reportedExtra.addClamped(other.reportedExtra)
    foundAgain.addClamped(other.foundAgain)
  }
}
