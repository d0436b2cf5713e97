/// Recoveries of one group: what `by_action` and `by_component` have in common.
public struct GroupTotals: Sendable, Hashable {
  /// Recoveries.
  public var total: Int64
  /// Those that helped.
  public var successful: Int64
  /// Attempts in all.
  public var attempts: Int64
  /// Mean duration in milliseconds.
  public var avgDurationMs: Double
  /// Longest duration in milliseconds.
  public var maxDurationMs: Double

  /// Totals from their parts.
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
