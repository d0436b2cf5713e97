/// The totals of all recoveries of a range.
public struct RecoveryTotals: Sendable, Hashable, Codable {
  /// Number of recoveries.
  public var totalRecoveries: Int64
  /// Number of successful recoveries.
  public var successfulRecoveries: Int64
  /// Number of recoveries that did not succeed.
  public var failedRecoveries: Int64
  /// Share of successful recoveries, 0...1; 0 without recoveries.
  public var successRate: Double
  /// Mean duration in milliseconds; 0 without recoveries.
  public var avgDurationMs: Double

  /// Totals of zero.
  public static let none = RecoveryTotals(
    totalRecoveries: 0, successfulRecoveries: 0, failedRecoveries: 0, successRate: 0, avgDurationMs: 0)

  enum CodingKeys: String, CodingKey {
    case totalRecoveries = "total_recoveries"
    case successfulRecoveries = "successful_recoveries"
    case failedRecoveries = "failed_recoveries"
    case successRate = "success_rate"
    case avgDurationMs = "avg_duration_ms"
  }

  /// Creates totals.
  public init(
    totalRecoveries: Int64, successfulRecoveries: Int64, failedRecoveries: Int64, successRate: Double,
    avgDurationMs: Double
  ) {
    self.totalRecoveries = totalRecoveries
    self.successfulRecoveries = successfulRecoveries
    self.failedRecoveries = failedRecoveries
    self.successRate = successRate
    self.avgDurationMs = avgDurationMs
  }
}
