/// All recoveries of a range in one figure.
public struct RecoveryTotals: Sendable, Hashable, Codable {
  /// Recoveries.
  public var totalRecoveries: Int64
  /// Those that helped.
  public var successfulRecoveries: Int64
  /// Those that did not.
  public var failedRecoveries: Int64
  /// Share of those that helped, 0...1; 0 when there were none.
  public var successRate: Double
  /// Mean duration in milliseconds; 0 when there were none.
  public var avgDurationMs: Double

  /// Of nothing.
  public static let none = RecoveryTotals(
    totalRecoveries: 0, successfulRecoveries: 0, failedRecoveries: 0, successRate: 0, avgDurationMs: 0)

  enum CodingKeys: String, CodingKey {
    case totalRecoveries = "total_recoveries"
    case successfulRecoveries = "successful_recoveries"
    case failedRecoveries = "failed_recoveries"
    case successRate = "success_rate"
    case avgDurationMs = "avg_duration_ms"
  }

  /// Totals from their parts.
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
