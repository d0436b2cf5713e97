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

  /// What clients' reports of recoveries change in executions that were counted before, in order.
  package var corrections: [ExecutionCorrections] = []

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

  /// Most corrections that are kept one by one.
  private static let mostCorrections = 64

  /// Adds a correction after the others. Past a limit it is merged with the last one: it then is exact only if the two do not
  /// concern the same execution.
  package mutating func add(_ correction: ExecutionCorrections) {
    guard corrections.count >= Self.mostCorrections, var last = corrections.popLast() else {
      return corrections.append(correction)
    }
    last.add(correction)
    corrections.append(last)
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
    for correction in other.corrections { add(correction) }
  }
}
