/// Calls and rates of a component: one row of `component_rates`.
public struct ComponentRates: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Attempts that succeeded or failed.
  public var totalRequests: Int64
  /// Attempts that failed.
  public var failedRequests: Int64
  /// Calls that were not made, for any reason.
  public var rejectedRequests: Int64
  /// Rejected calls that an open circuit rejected.
  public var rejectedByCircuit: Int64
  /// Rejected calls that a full bulkhead rejected.
  public var rejectedByBulkhead: Int64
  /// Attempts that the caller cancelled.
  public var cancelledRequests: Int64
  /// Attempts with a wrong request.
  public var callerErrors: Int64
  /// Results of permits from before the circuit's last change; included in `totalRequests`.
  public var staleResults: Int64
  /// Share of failures among `totalRequests`, 0...1.
  public var errorRate: Double
  /// Share of successes among `totalRequests`, 0...1.
  public var successRate: Double
  /// Mean duration in milliseconds.
  public var avgResponseTimeMs: Double
  /// Longest duration in milliseconds.
  public var maxResponseTimeMs: Double

  /// Returns the share of successes, 0...1; `nil` without attempts. One rounding, so that every figure of the same calls is
  /// the same number.
  static func successRate(total: Int64, failed: Int64) -> Double? {
    total > 0 ? Double(max(0, total - failed)) / Double(total) : nil
  }

  /// Creates a row from a component's counts.
  public init(component: ComponentName, counts: CallCounts) {
    let total = counts.successes.addingClamped(counts.failures)
    let divisor = Double(max(1, total))
    self.component = component
    self.totalRequests = total
    self.failedRequests = counts.failures
    self.rejectedRequests = counts.rejected
    self.rejectedByCircuit = counts.rejectedByCircuit
    self.rejectedByBulkhead = counts.rejectedByBulkhead
    self.cancelledRequests = counts.cancelled
    self.callerErrors = counts.callerErrors
    self.staleResults = counts.stale
    self.errorRate = Double(counts.failures) / divisor
    self.successRate = Self.successRate(total: total, failed: counts.failures) ?? 0
    self.avgResponseTimeMs = Double(counts.durationSumMicroseconds) / 1000 / divisor
    self.maxResponseTimeMs = Double(counts.durationMaxMicroseconds) / 1000
  }
}

extension ComponentRates: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component
    case totalRequests = "total_requests"
    case failedRequests = "failed_requests"
    case rejectedRequests = "rejected_requests"
    case rejectedByCircuit = "rejected_by_circuit"
    case rejectedByBulkhead = "rejected_by_bulkhead"
    case cancelledRequests = "cancelled_requests"
    case callerErrors = "caller_errors"
    case staleResults = "stale_results"
    case errorRate = "error_rate"
    case successRate = "success_rate"
    case avgResponseTimeMs = "avg_response_time_ms"
    case maxResponseTimeMs = "max_response_time_ms"
  }

  /// Encodes the counts and rates of `GET /component/C/stats`, and `component`, `cancelled_requests`,
  /// `caller_errors`, `stale_results` and `max_response_time_ms`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(totalRequests, forKey: .totalRequests)
    try container.encode(failedRequests, forKey: .failedRequests)
    try container.encode(rejectedRequests, forKey: .rejectedRequests)
    try container.encode(rejectedByCircuit, forKey: .rejectedByCircuit)
    try container.encode(rejectedByBulkhead, forKey: .rejectedByBulkhead)
    try container.encode(cancelledRequests, forKey: .cancelledRequests)
    try container.encode(callerErrors, forKey: .callerErrors)
    try container.encode(staleResults, forKey: .staleResults)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(successRate, forKey: .successRate)
    try container.encode(avgResponseTimeMs, forKey: .avgResponseTimeMs)
    try container.encode(maxResponseTimeMs, forKey: .maxResponseTimeMs)
  }
}
