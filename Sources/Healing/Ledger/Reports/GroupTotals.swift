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

extension GroupTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case total, successful, attempts
    case avgDurationMs = "avg_duration_ms"
    case maxDurationMs = "max_duration_ms"
  }

  /// Encodes the fields of a group in `GET /recovery/stats`, and `attempts`, `avg_duration_ms` and
  /// `max_duration_ms`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(total, forKey: .total)
    try container.encode(successful, forKey: .successful)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(avgDurationMs, forKey: .avgDurationMs)
    try container.encode(maxDurationMs, forKey: .maxDurationMs)
  }
}
