/// A sliding window of a component's calls: counts of successes, failures, critical errors and durations in 30
/// buckets. Empty buckets take no memory. Adding a sample takes constant time. The window has no clock.
public struct HealthWindow: Sendable {
  /// Sums over the window.
  public struct Summary: Sendable, Hashable {
    /// Attempts that the dependency answered.
    public var successes: Int64 = 0
    /// Attempts that the dependency failed.
    public var failures: Int64 = 0
    /// Errors of critical severity.
    public var criticalErrors: Int64 = 0
    /// Sum of the durations in nanoseconds.
    public var durationSumNanoseconds: Int64 = 0

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
    /// Failures since the last success.
    public var failuresInRow: Int64 = 0

    /// Creates sums of zero.
    public init() {}

    /// Rejected calls.
    public var rejected: Int64 {
      rejectedByCircuit.addingClamped(rejectedByBulkhead).addingClamped(rejectedOtherwise)
    }
    /// Share of the rejected calls among all calls, made or not, 0...1; 0 without calls.
    public var rejectedRate: Double {
      rejected == 0 ? 0 : Double(rejected) / Double(total.addingClamped(rejected))
    }

    /// Attempts that succeeded or failed.
    public var total: Int64 { successes.addingClamped(failures) }
    /// Share of failures, 0...1; 0 without attempts.
    public var errorRate: Double { total == 0 ? 0 : Double(failures) / Double(total) }
    /// Mean duration; zero without attempts.
    public var meanDuration: Duration { .nanoseconds(total > 0 ? durationSumNanoseconds / total : 0) }

    /// Adds later sums.
    mutating func add(_ other: Summary) {
      successes &+= other.successes
      failures &+= other.failures
      criticalErrors &+= other.criticalErrors
      durationSumNanoseconds &+= other.durationSumNanoseconds
      rejectedByCircuit &+= other.rejectedByCircuit
      rejectedByBulkhead &+= other.rejectedByBulkhead
      rejectedOtherwise &+= other.rejectedOtherwise
      cancelled &+= other.cancelled
      callerErrors &+= other.callerErrors
      failuresInRow = other.successes > 0 ? other.failuresInRow : failuresInRow &+ other.failuresInRow
    }

    fileprivate mutating func subtract(_ other: Summary) {
      successes &-= other.successes
      failures &-= other.failures
      criticalErrors &-= other.criticalErrors
      durationSumNanoseconds &-= other.durationSumNanoseconds
      rejectedByCircuit &-= other.rejectedByCircuit
      rejectedByBulkhead &-= other.rejectedByBulkhead
      rejectedOtherwise &-= other.rejectedOtherwise
      cancelled &-= other.cancelled
      callerErrors &-= other.callerErrors
    }
  }

  static let bucketCount = 30

  /// The counts of a 30th of the window. No such period has enough calls to overflow them.
  private struct Bucket: Sendable {
    /// The bucket's number, from 0 at the beginning of the window; restored buckets before it are negative.
    var number: Int32
    private(set) var successes: UInt32 = 0
    private(set) var failures: UInt32 = 0
    private(set) var criticalErrors: UInt32 = 0
    private(set) var durationSumNanoseconds: Int64 = 0
    private(set) var rejectedByCircuit: UInt32 = 0
    private(set) var rejectedByBulkhead: UInt32 = 0
    private(set) var rejectedOtherwise: UInt32 = 0
    private(set) var cancelled: UInt32 = 0
    private(set) var callerErrors: UInt32 = 0

    var sums: Summary {
      var sums = Summary()
      sums.successes = Int64(successes)
      sums.failures = Int64(failures)
      sums.criticalErrors = Int64(criticalErrors)
      sums.durationSumNanoseconds = durationSumNanoseconds
      sums.rejectedByCircuit = Int64(rejectedByCircuit)
      sums.rejectedByBulkhead = Int64(rejectedByBulkhead)
      sums.rejectedOtherwise = Int64(rejectedOtherwise)
      sums.cancelled = Int64(cancelled)
      sums.callerErrors = Int64(callerErrors)
      return sums
    }

    /// Adds sums.
    /// - Returns: the sums added; values out of range are clamped.
    mutating func add(_ other: Summary) -> Summary {
      let before = sums
      successes = UInt32(clamping: before.successes.addingClamped(other.successes))
      failures = UInt32(clamping: before.failures.addingClamped(other.failures))
      criticalErrors = UInt32(clamping: before.criticalErrors.addingClamped(other.criticalErrors))
      durationSumNanoseconds = before.durationSumNanoseconds.addingClamped(other.durationSumNanoseconds)
      rejectedByCircuit = UInt32(clamping: before.rejectedByCircuit.addingClamped(other.rejectedByCircuit))
      rejectedByBulkhead = UInt32(clamping: before.rejectedByBulkhead.addingClamped(other.rejectedByBulkhead))
      rejectedOtherwise = UInt32(clamping: before.rejectedOtherwise.addingClamped(other.rejectedOtherwise))
      cancelled = UInt32(clamping: before.cancelled.addingClamped(other.cancelled))
      callerErrors = UInt32(clamping: before.callerErrors.addingClamped(other.callerErrors))
      var added = sums
      added.subtract(before)
      return added
    }
  }

  private var totals = Summary()
  /// Failures since the last success. Lock-free successes (``SuccessTallies``) are merged before a failure is
  /// added, because they came before it.
  private var failuresInRow: Int64 = 0
  /// Rejected calls of the current bucket that were not yet added to it.
  private var rejectedByCircuit: Int64 = 0
  private var rejectedByBulkhead: Int64 = 0
  private var rejectedOtherwise: Int64 = 0
  /// The buckets by rising number.
  private var buckets: [Bucket] = []
  /// Number of the current bucket.
  private var present: Int32 = 0
  /// End of the current bucket, in nanoseconds on the monotonic clock; a later call begins another bucket.
  private(set) var bucketEnd: Int64
  private var bucketLength: Int64

  /// Creates an empty window that begins at `now`.
  /// - Parameters:
  ///   - length: length of the window in nanoseconds, divided into 30 buckets.
  ///   - now: nanoseconds on the monotonic clock.
  init(length: Int64, at now: Int64) {
    bucketLength = max(1, length / Int64(Self.bucketCount))
    bucketEnd = now + bucketLength
  }

  mutating func add(failed: Bool, duration: Int64, at now: Int64) {
    advance(to: now)
    var call = Summary()
    if failed { call.failures = 1 } else { call.successes = 1 }
    call.durationSumNanoseconds = duration
    failuresInRow = failed ? failuresInRow &+ 1 : 0
    add(call, to: present)
  }

  /// Counts a rejected call. In an outage most calls are rejected, so they are collected and added to the
  /// current bucket when it ends.
  mutating func addRejection(_ reason: RejectionReason, at now: Int64) {
    advance(to: now)
    switch reason {
    case .circuit: rejectedByCircuit &+= 1
    case .bulkhead: rejectedByBulkhead &+= 1
    case .inner, .reported: rejectedOtherwise &+= 1
    }
  }

  /// Adds the collected rejected calls to the current bucket.
  private mutating func carryRejections() {
    guard rejectedByCircuit > 0 || rejectedByBulkhead > 0 || rejectedOtherwise > 0 else { return }
    var calls = Summary()
    calls.rejectedByCircuit = rejectedByCircuit
    calls.rejectedByBulkhead = rejectedByBulkhead
    calls.rejectedOtherwise = rejectedOtherwise
    (rejectedByCircuit, rejectedByBulkhead, rejectedOtherwise) = (0, 0, 0)
    add(calls, to: present)
  }

  /// Counts a cancelled attempt or a caller error, which counts neither as success nor as failure.
  mutating func addNeutral(_ outcome: CallOutcome?, at now: Int64) {
    advance(to: now)
    var call = Summary()
    if outcome == .cancelled { call.cancelled = 1 } else { call.callerErrors = 1 }
    add(call, to: present)
  }

  private mutating func add(_ sums: Summary, to number: Int32) {
    let index = buckets.lastIndex { $0.number <= number }
    if let index, buckets[index].number == number {
      totals.add(buckets[index].add(sums))
    } else {
      var bucket = Bucket(number: number)
      totals.add(bucket.add(sums))
      buckets.insert(bucket, at: index.map { $0 + 1 } ?? 0)
    }
  }

  /// Adds lock-free successes. Those older than the window are dropped.
  mutating func add(_ tally: SuccessTallies.Tally) {
    var summary = Summary()
    summary.successes = tally.successes
    summary.durationSumNanoseconds = tally.durationSumNanoseconds
    failuresInRow = 0
    restore(summary, age: bucketEnd - tally.bucketEnd)
  }

  mutating func addCriticalError(at now: Int64) {
    advance(to: now)
    var error = Summary()
    error.criticalErrors = 1
    add(error, to: present)
  }

  /// Returns the sums at `now`.
  mutating func summary(at now: Int64) -> Summary {
    advance(to: now)
    carryRejections()
    var summary = totals
    summary.failuresInRow = min(failuresInRow, totals.failures)
    return summary
  }

  mutating func clear(at now: Int64) {
    self = HealthWindow(length: bucketLength * Int64(Self.bucketCount), at: now)
  }

  /// Changes the window's length; counts within the new length are kept.
  mutating func change(length: Int64, at now: Int64) {
    advance(to: now)
    carryRejections()
    var other = HealthWindow(length: length, at: now)
    guard other.bucketLength != bucketLength else { return }
    for bucket in buckets {
      other.restore(bucket.sums, age: Int64(present - bucket.number) * bucketLength)
    }
    other.failuresInRow = failuresInRow
    self = other
  }

  /// Restores sums from the ledger that are `age` nanoseconds old. Sums older than the window are dropped.
  mutating func restore(_ summary: Summary, age: Int64) {
    let back = max(0, age) / bucketLength
    guard back < Int64(Self.bucketCount), summary != Summary() else { return }
    failuresInRow = summary.successes > 0 ? summary.failuresInRow : failuresInRow &+ summary.failuresInRow
    add(summary, to: present - Int32(back))
  }

  /// Drops the buckets that are older than the window at `now`.
  mutating func advance(to now: Int64) {
    if now >= bucketEnd { startBucket(at: now) }
  }

  private mutating func startBucket(at now: Int64) {
    carryRejections()
    let behind = (now - bucketEnd) / bucketLength + 1
    guard behind < Int64(Self.bucketCount), present < .max - Int32(Self.bucketCount) else {
      clear(at: now)
      return
    }
    present += Int32(behind)
    bucketEnd += behind * bucketLength
    let gone = buckets.prefix { $0.number <= present - Int32(Self.bucketCount) }
    for bucket in gone { totals.subtract(bucket.sums) }
    buckets.removeFirst(gone.count)
  }
}
