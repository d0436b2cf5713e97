extension HealthCheck.Result: Encodable {
  private enum CodingKeys: String, CodingKey {
    case status, message, issues
    case responseTimeMs = "response_time_ms"
    case errorRate = "error_rate"
  }

  /// Encodes `status`, `message`, `issues`, `response_time_ms` and `error_rate`. Redacts the texts, and clamps the
  /// measurements to their ranges.
  public func encode(to encoder: any Encoder) throws {
    let result = sanitized
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(result.status, forKey: .status)
    try container.encode(result.message, forKey: .message)
    try container.encode(result.issues, forKey: .issues)
    try container.encode(result.responseTime?.milliseconds, forKey: .responseTimeMs)
    try container.encode(result.errorRate, forKey: .errorRate)
  }
}
