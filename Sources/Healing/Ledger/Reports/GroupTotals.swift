/// Totals of one group of recoveries, as in `by_action` and `by_component`.
public struct GroupTotals: Sendable, Hashable {
  /// Number of recoveries.
  public var total: Int64
  /// Number of successful recoveries.
  public var successful: Int64
  /// Sum of the attempts.
  public var attempts: Int64
  /// Mean duration in milliseconds.
  public var avgDurationMs: Double
  /// Longest duration in milliseconds.
  public var maxDurationMs: Double

  /// Creates totals.
  public init(
    total: Int64, successful: Int64, attempts: Int64, avgDurationMs: Double, maxDurationMs: Double
  ) {
    self.total = total
    self.successful = successful
    self.attempts = attempts
    self.avgDurationMs = avgDurationMs
    self.maxDurationMs = maxDurationMs
  }
}
