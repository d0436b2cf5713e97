/// What a component's calls were like over the last while: counts of successes, failures, critical errors and
/// durations in 30 buckets. Constant time a sample, fixed memory, no clock of its own.
public struct HealthWindow: Sendable {
  /// Sums over the window.
  public struct Summary: Sendable, Hashable {
    /// Attempts that the dependency answered.
    public var successes: Int64 = 0
    /// Attempts that it failed.
    public var failures: Int64 = 0
    /// Errors of critical severity.
    public var criticalErrors: Int64 = 0
    /// Sum of the durations in nanoseconds.
    public var durationSum: Int64 = 0

    /// Nothing.
    public init() {}

    /// Attempts that the dependency answered or failed.
    public var total: Int64 { successes + failures }
    /// Share of failures, 0...1; 0 when there were no attempts.
    public var errorRate: Double { total == 0 ? 0 : Double(failures) / Double(total) }
    /// Mean duration; zero when there were no attempts.
    public var meanDuration: Duration { .nanoseconds(total == 0 ? 0 : durationSum / total) }

    fileprivate mutating func add(_ other: Summary) {
      successes &+= other.successes
      failures &+= other.failures
      criticalErrors &+= other.criticalErrors
      durationSum &+= other.durationSum
    }

    fileprivate mutating func subtract(_ other: Summary) {
      successes &-= other.successes
      failures &-= other.failures
      criticalErrors &-= other.criticalErrors
      durationSum &-= other.durationSum
    }
  }

  static let bucketCount = 30

  private var totals = Summary()
  private var buckets = InlineArray<30, Summary>(repeating: Summary())
  private var position = 0
  /// End of the present bucket; later calls open another.
  private(set) var bucketEnd: Int64
  private var bucketLength: Int64

  /// An empty window that begins at `now`.
  /// - Parameters:
  ///   - length: how far back it reaches, in nanoseconds; 30 buckets share it.
  ///   - now: nanoseconds on the monotonic clock.
  init(length: Int64, at now: Int64) {
    bucketLength = max(1, length / Int64(Self.bucketCount))
    bucketEnd = now + bucketLength
  }

  mutating func add(failed: Bool, duration: Int64, at now: Int64) {
    moveOn(to: now)
    if failed {
      totals.failures &+= 1
      buckets[position].failures &+= 1
    } else {
      totals.successes &+= 1
      buckets[position].successes &+= 1
    }
    totals.durationSum &+= duration
    buckets[position].durationSum &+= duration
  }

  /// Adds what was counted beside the window. What is older than the window is left out.
  mutating func add(_ tally: SuccessTallies.Tally) {
    var summary = Summary()
    summary.successes = tally.successes
    summary.durationSum = tally.durationSum
    restore(summary, age: bucketEnd - tally.bucketEnd)
  }

  mutating func addCriticalError(at now: Int64) {
    moveOn(to: now)
    totals.criticalErrors &+= 1
    buckets[position].criticalErrors &+= 1
  }

  /// The sums at `now`.
  mutating func summary(at now: Int64) -> Summary {
    moveOn(to: now)
    return totals
  }

  mutating func clear(at now: Int64) {
    self = HealthWindow(length: bucketLength * Int64(Self.bucketCount), at: now)
  }

  /// Reaches another length back from now on; what it holds goes on as far as that reaches.
  mutating func change(length: Int64, at now: Int64) {
    moveOn(to: now)
    var other = HealthWindow(length: length, at: now)
    guard other.bucketLength != bucketLength else { return }
    for back in 0..<Self.bucketCount {
      let bucket = buckets[(position - back + Self.bucketCount) % Self.bucketCount]
      other.restore(bucket, age: Int64(back) * bucketLength)
    }
    self = other
  }

  /// Puts back what a ledger remembers, `age` nanoseconds old. What is older than the window is left out.
  mutating func restore(_ summary: Summary, age: Int64) {
    let back = Int(clamping: max(0, age) / bucketLength)
    guard back < Self.bucketCount else { return }
    let index = (position - back + Self.bucketCount) % Self.bucketCount
    buckets[index].add(summary)
    totals.add(summary)
  }

  /// Drops what has left the window by `now`.
  mutating func moveOn(to now: Int64) {
    if now >= bucketEnd { advance(to: now) }
  }

  private mutating func advance(to now: Int64) {
    let behind = (now - bucketEnd) / bucketLength + 1
    guard behind < Int64(Self.bucketCount) else {
      clear(at: now)
      return
    }
    for _ in 0..<behind {
      position = (position + 1) % Self.bucketCount
      totals.subtract(buckets[position])
      buckets[position] = Summary()
    }
    bucketEnd += behind * bucketLength
  }
}
