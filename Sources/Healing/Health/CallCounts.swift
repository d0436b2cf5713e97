/// How many attempts came out how, and how long they took. Durations are counted for attempts that the
/// dependency answered or failed, in whole microseconds.
public struct CallCounts: Sendable, Hashable {
  /// Attempts the dependency answered.
  public var successes: Int64 = 0
  /// Attempts the dependency failed.
  public var failures: Int64 = 0
  /// Calls that were not made.
  public var rejected: Int64 = 0
  /// Attempts the caller gave up.
  public var cancelled: Int64 = 0
  /// Attempts with a wrong request.
  public var callerErrors: Int64 = 0
  /// Results that came after the breaker had moved on.
  public var stale: Int64 = 0
  /// Sum of the durations.
  public var durationSum: Int64 = 0
  /// The longest duration.
  public var durationMax: Int64 = 0
  /// Attempts by duration: up to 1 ms, 10 ms, 100 ms, 1 s, 10 s, and over.
  public var histogram = DurationHistogram()

  /// 115 days. Longer ones count as this, so that no sum of a ledger's life overflows.
  package static let longestDuration: Int64 = 10_000_000_000_000

  /// All zero.
  public init() {}

  /// Every attempt and rejected call.
  public var total: Int64 { successes + failures + rejected + cancelled + callerErrors + stale }

  /// Counts one attempt.
  public mutating func add(_ outcome: CallOutcome, microseconds: Int64) {
    switch outcome {
    case .success: successes += 1
    case .failure: failures += 1
    case .rejected: rejected += 1
    case .cancelled: cancelled += 1
    case .callerError: callerErrors += 1
    case .stale: stale += 1
    }
    guard outcome == .success || outcome == .failure else { return }
    let microseconds = min(max(0, microseconds), Self.longestDuration)
    durationSum &+= microseconds
    durationMax = max(durationMax, microseconds)
    histogram.add(microseconds: microseconds)
  }

  /// Counts what another counted.
  public mutating func add(_ other: CallCounts) {
    successes += other.successes
    failures += other.failures
    rejected += other.rejected
    cancelled += other.cancelled
    callerErrors += other.callerErrors
    stale += other.stale
    durationSum &+= other.durationSum
    durationMax = max(durationMax, other.durationMax)
    histogram.add(other.histogram)
  }
}
