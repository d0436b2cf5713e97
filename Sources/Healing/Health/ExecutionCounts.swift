/// Counts of executions by outcome. ``ExecutionTotals`` combines them with the counts of attempts.
public struct ExecutionCounts: Sendable, Hashable {
  /// Attempts that succeeded or failed, of executions that an earlier sample counted.
  public var extraAttempts: Int64 = 0
  /// Executions whose first attempt was not made.
  public var rejected: Int64 = 0
  /// A retry or a strategy succeeded.
  public var saved: Int64 = 0
  /// A fallback answered.
  public var degraded: Int64 = 0
  /// The execution failed, and its changes were rolled back.
  public var undone: Int64 = 0
  /// The execution failed.
  public var lost: Int64 = 0
  /// The caller or the process ended before the recovery did.
  public var interrupted: Int64 = 0

  /// Extra attempts of retries that clients reported. Limited to the number of attempts that are not extra yet.
  package var reportedExtra: Int64 = 0
  /// Lost executions to subtract: a client's recovery showed that they belong to another execution, or were not
  /// lost. Limited to the number of lost executions.
  package var foundAgain: Int64 = 0

  /// Creates counts of zero.
  public init() {}

  /// Adds the execution counts of a sample.
  package mutating func add(_ sample: CallSample) {
    switch sample.outcome {
    case .success, .failure: if sample.isExtra { extraAttempts.addClamped(1) }
    case .rejected: if !sample.isExtra { rejected.addClamped(1) }
    case .cancelled, .callerError, nil: break
    }
    if let ended = sample.ended { add(ended) }
  }

  /// Adds executions that ended.
  public mutating func add(_ outcome: ExecutionOutcome, _ count: Int64 = 1) {
    switch outcome {
    case .saved: saved.addClamped(count)
    case .degraded: degraded.addClamped(count)
    case .undone: undone.addClamped(count)
    case .lost: lost.addClamped(count)
    case .interrupted: interrupted.addClamped(count)
    }
  }

  /// Applies ``reportedExtra`` and ``foundAgain`` within their limits, so that no count becomes negative.
  /// - Parameters:
  ///   - attempts: number of attempts counted with these executions.
  ///   - former: the attempts, extra attempts and lost executions that were counted before.
  package mutating func settle(attempts: Int64, after former: (attempts: Int64, extra: Int64, lost: Int64)) {
    guard reportedExtra > 0 || foundAgain > 0 else { return }
    let executions = former.attempts.addingClamped(attempts)
      .subtractingClamped(former.extra).subtractingClamped(extraAttempts)
    extraAttempts.addClamped(min(reportedExtra, max(0, executions)))
    lost = lost.subtractingClamped(min(foundAgain, max(0, former.lost.addingClamped(lost))))
    (reportedExtra, foundAgain) = (0, 0)
  }

  /// Adds later counts.
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
