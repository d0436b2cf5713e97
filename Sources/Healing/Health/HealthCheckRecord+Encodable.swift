extension HealthCheckRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, status, message, issues
    case previousStatus = "previous_status"
    case errorRate = "error_rate"
    case totalRequests = "total_requests"
    case failedRequests = "failed_requests"
    case responseTimeMs = "response_time_ms"
  }

  /// Encodes the fields of a `check` event of `GET /events`, and `total_requests` and `failed_requests`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(status, forKey: .status)
    try container.encode(previousStatus, forKey: .previousStatus)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(totalRequests, forKey: .totalRequests)
    try container.encode(failedRequests, forKey: .failedRequests)
    try container.encode(responseTime.milliseconds, forKey: .responseTimeMs)
    try container.encode(message, forKey: .message)
    try container.encode(issues, forKey: .issues)
  }
}
