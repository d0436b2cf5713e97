/// Ten seconds of a component's sliding health window.
public struct HealthWindowBucket: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Start of the ten seconds.
  public var start: Timestamp
  /// Attempts that the dependency answered.
  public var successes: Int64
  /// Attempts that the dependency failed.
  public var failures: Int64
  /// Errors of critical severity.
  public var criticalErrors: Int64
  /// Sum of the durations in microseconds.
  public var durationSumMicroseconds: Int64

  /// Calls that an open circuit rejected.
  public var rejectedByCircuit: Int64 = 0
  /// Calls that a full bulkhead rejected.
  public var rejectedByBulkhead: Int64 = 0
  /// Calls that were rejected for another reason.
  public var rejectedOtherwise: Int64 = 0
  /// Attempts that the caller cancelled.
  public var cancelled: Int64 = 0
  /// Attempts with a wrong request.
  public var callerErrors: Int64 = 0
  /// Failures since the last success of the bucket.
  public var failuresInRow: Int64 = 0

  /// Creates a bucket.
  public init(
    component: ComponentName, start: Timestamp, successes: Int64, failures: Int64, criticalErrors: Int64,
    durationSumMicroseconds: Int64
  ) {
    self.component = component
    self.start = start
    self.successes = successes
    self.failures = failures
    self.criticalErrors = criticalErrors
    self.durationSumMicroseconds = durationSumMicroseconds
  }

  /// Adds counts to the bucket.
  mutating func add(_ counts: CallCounts) {
    successes.addClamped(counts.successes)
    failures.addClamped(counts.failures)
    durationSumMicroseconds.addClamped(counts.durationSumMicroseconds)
    rejectedByCircuit.addClamped(counts.rejectedByCircuit)
    rejectedByBulkhead.addClamped(counts.rejectedByBulkhead)
    rejectedOtherwise.addClamped(counts.rejectedOtherwise)
    cancelled.addClamped(counts.cancelled)
    callerErrors.addClamped(counts.callerErrors)
    failuresInRow =
      counts.successes > 0 ? counts.failuresInRow : failuresInRow.addingClamped(counts.failuresInRow)
  }

  /// The bucket as sums of a window. Damaged numbers are clamped to a range in which a window's 30 buckets do
  /// not overflow.
  var summary: HealthWindow.Summary {
    func within(_ value: Int64, _ largest: Int64) -> Int64 { min(max(0, value), largest) }
    var summary = HealthWindow.Summary()
    summary.successes = within(successes, CallCounts.largestCount)
    summary.failures = within(failures, CallCounts.largestCount)
    summary.criticalErrors = within(criticalErrors, CallCounts.largestCount)
    summary.durationSumNanoseconds = within(durationSumMicroseconds, .max / 64_000) * 1_000
    summary.rejectedByCircuit = within(rejectedByCircuit, CallCounts.largestCount)
    summary.rejectedByBulkhead = within(rejectedByBulkhead, CallCounts.largestCount)
    summary.rejectedOtherwise = within(rejectedOtherwise, CallCounts.largestCount)
    summary.cancelled = within(cancelled, CallCounts.largestCount)
    summary.callerErrors = within(callerErrors, CallCounts.largestCount)
    summary.failuresInRow = within(failuresInRow, summary.failures)
    return summary
  }
}
