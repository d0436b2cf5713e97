/// Counts of attempts and rejected calls by outcome, and the durations of attempts. Durations are counted for
/// successes and failures, in whole microseconds.
public struct CallCounts: Sendable, Hashable {
  /// Attempts the dependency answered.
  public var successes: Int64 = 0
  /// Attempts the dependency failed.
  public var failures: Int64 = 0
  /// Calls that were not made, for any reason.
  public var rejected: Int64 = 0
  /// Rejected calls that an open circuit rejected.
  public var rejectedByCircuit: Int64 = 0
  /// Rejected calls that a full bulkhead rejected.
  public var rejectedByBulkhead: Int64 = 0
  /// Attempts that the caller cancelled.
  public var cancelled: Int64 = 0
  /// Attempts with a wrong request.
  public var callerErrors: Int64 = 0
  /// Results of permits from before the circuit's last change, which did not affect the circuit. They also
  /// count as successes or failures; rows from before step 10 of the schema count them only here.
  public var stale: Int64 = 0
  /// Failures since the last success among the counted attempts.
  package var failuresInRow: Int64 = 0
  /// Sum of the durations, in microseconds.
  public var durationSumMicroseconds: Int64 = 0
  /// The longest duration, in microseconds.
  public var durationMaxMicroseconds: Int64 = 0
  /// Attempts by duration: up to 1 ms, 10 ms, 100 ms, 1 s, 10 s, and over.
  public var histogram = DurationHistogram()

  /// 115 days, in microseconds. Longer durations are clamped to it, so that no sum over a ledger's life
  /// overflows.
  package static let longestMicroseconds: Int64 = 10_000_000_000_000

  /// A million calls a second for 15 years. A larger count in a file is damaged and is clamped to it, so that a
  /// sum of 10,000 counts does not overflow.
  package static let largestCount: Int64 = 500_000_000_000_000

  /// Creates counts of zero.
  public init() {}

  /// All attempts and rejected calls. Sums of counts and durations saturate.
  public var total: Int64 {
    successes.addingClamped(failures).addingClamped(rejected).addingClamped(cancelled)
      .addingClamped(callerErrors)
  }

  /// Calls that were rejected for another reason than an open circuit or a full bulkhead, or for an unknown
  /// reason.
  public var rejectedOtherwise: Int64 {
    max(0, rejected.subtractingClamped(rejectedByCircuit).subtractingClamped(rejectedByBulkhead))
  }

  /// Counts one attempt.
  public mutating func add(
    _ outcome: CallOutcome, microseconds: Int64, isStale: Bool = false, rejection: RejectionReason? = nil
  ) {
    switch outcome {
    case .success:
      successes.addClamped(1)
      failuresInRow = 0
    case .failure:
      failures.addClamped(1)
      failuresInRow.addClamped(1)
    case .rejected:
      rejected.addClamped(1)
      if rejection == .circuit { rejectedByCircuit.addClamped(1) }
      if rejection == .bulkhead { rejectedByBulkhead.addClamped(1) }
    case .cancelled: cancelled.addClamped(1)
    case .callerError: callerErrors.addClamped(1)
    }
    if isStale { stale.addClamped(1) }
    guard outcome == .success || outcome == .failure else { return }
    let microseconds = min(max(0, microseconds), Self.longestMicroseconds)
    durationSumMicroseconds.addClamped(microseconds)
    durationMaxMicroseconds = max(durationMaxMicroseconds, microseconds)
    histogram.add(microseconds: microseconds)
  }

  /// Adds later counts.
  public mutating func add(_ other: CallCounts) {
    successes.addClamped(other.successes)
    failures.addClamped(other.failures)
    rejected.addClamped(other.rejected)
    rejectedByCircuit.addClamped(other.rejectedByCircuit)
    rejectedByBulkhead.addClamped(other.rejectedByBulkhead)
    failuresInRow =
      other.successes > 0 ? other.failuresInRow : failuresInRow.addingClamped(other.failuresInRow)
    cancelled.addClamped(other.cancelled)
    callerErrors.addClamped(other.callerErrors)
    stale.addClamped(other.stale)
    durationSumMicroseconds.addClamped(other.durationSumMicroseconds)
    durationMaxMicroseconds = max(durationMaxMicroseconds, other.durationMaxMicroseconds)
    histogram.add(other.histogram)
  }
}
