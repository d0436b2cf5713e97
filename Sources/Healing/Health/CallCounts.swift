/// How many attempts came out how, and how long they took. Durations are counted for attempts that the
/// dependency answered or failed, in whole microseconds.
public struct CallCounts: Sendable, Hashable {
  /// Attempts the dependency answered.
  public var successes: Int64 = 0
  /// Attempts the dependency failed.
  public var failures: Int64 = 0
  /// Calls that were not made, for whatever reason.
  public var rejected: Int64 = 0
  /// Those among them that an open circuit rejected.
  public var rejectedByCircuit: Int64 = 0
  /// Those among them that a full bulkhead rejected.
  public var rejectedByBulkhead: Int64 = 0
  /// Attempts the caller gave up.
  public var cancelled: Int64 = 0
  /// Attempts with a wrong request.
  public var callerErrors: Int64 = 0
  /// Results that came after the circuit had moved, so that they did not change it. They are successes or failures as well;
  /// rows written before step 10 of the schema count them here only.
  public var stale: Int64 = 0
  /// Failures since the last success among the counted attempts.
  package var failuresInRow: Int64 = 0
  /// Sum of the durations.
  public var durationSum: Int64 = 0
  /// The longest duration.
  public var durationMax: Int64 = 0
  /// Attempts by duration: up to 1 ms, 10 ms, 100 ms, 1 s, 10 s, and over.
  public var histogram = DurationHistogram()

  /// 115 days. Longer ones count as this, so that no sum of a ledger's life overflows.
  package static let longestDuration: Int64 = 10_000_000_000_000

  /// A million calls a second for 15 years. A count in a file that says more is damaged and counts as this, so that the
  /// sum of 10,000 counts does not overflow.
  package static let largestCount: Int64 = 500_000_000_000_000

  /// All zero.
  public init() {}

  /// Every attempt and rejected call. All sums of counts and durations stop at the end of their range.
  public var total: Int64 {
    successes.addingClamped(failures).addingClamped(rejected).addingClamped(cancelled)
      .addingClamped(callerErrors)
  }

  /// Calls that were not made for a reason other than an open circuit and a full bulkhead, or without a known reason.
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
    let microseconds = min(max(0, microseconds), Self.longestDuration)
    durationSum.addClamped(microseconds)
    durationMax = max(durationMax, microseconds)
    histogram.add(microseconds: microseconds)
  }

  /// Counts what another counted.
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
    durationSum.addClamped(other.durationSum)
    durationMax = max(durationMax, other.durationMax)
    histogram.add(other.histogram)
  }
}
