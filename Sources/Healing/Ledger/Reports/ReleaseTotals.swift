/// Calls of a component by one release in a range: one row of `releases`.
public struct ReleaseTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The release; `nil` for programs that gave none.
  public var release: String?
  /// The first run of the release, of any component; a marker of its first sight, not of a deploy.
  public var firstAt: Timestamp?
  /// Start of the first hour with calls in the range.
  public var fromAt: Timestamp
  /// End of the last hour with calls in the range.
  public var toAt: Timestamp
  /// Attempts that succeeded or failed.
  public var attempts: Int64
  /// Attempts that failed.
  public var failures: Int64
  /// Calls that were not made.
  public var rejected: Int64
  /// Share of failed attempts, 0...1; `nil` without attempts.
  public var errorRate: Double?
  /// Mean duration of an attempt in milliseconds; `nil` without attempts.
  public var avgDurationMs: Double?
  /// The longest duration of an attempt in milliseconds.
  public var maxDurationMs: Double

  package init(
    component: ComponentName, release: String?, firstAt: Timestamp?, fromAt: Timestamp, toAt: Timestamp,
    attempts: Int64, failures: Int64, rejected: Int64, errorRate: Double?, avgDurationMs: Double?,
    maxDurationMs: Double
  ) {
    self.component = component
    self.release = release
    self.firstAt = firstAt
    self.fromAt = fromAt
    self.toAt = toAt
    self.attempts = attempts
    self.failures = failures
    self.rejected = rejected
    self.errorRate = errorRate
    self.avgDurationMs = avgDurationMs
    self.maxDurationMs = maxDurationMs
  }
}
