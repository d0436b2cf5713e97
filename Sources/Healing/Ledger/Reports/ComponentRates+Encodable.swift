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
