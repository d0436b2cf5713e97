extension ComponentHealth: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, status, message, issues, circuit, details, timestamp
    case responseTime = "response_time_ms"
    case errorRate = "error_rate"
    case successRate = "success_rate"
    case rejectedRate = "rejected_rate"
    case totalRequests = "total_requests"
    case failedRequests = "failed_requests"
    case rejectedRequests = "rejected_requests"
    case rejectedByCircuit = "rejected_by_circuit"
    case rejectedByBulkhead = "rejected_by_bulkhead"
    case window = "window_seconds"
  }

  /// Encodes the fields of `GET /health?component=`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try encodeVerdict(to: &container)
    try container.encode(window.milliseconds / 1_000, forKey: .window)
    try container.encode(at, forKey: .timestamp)
    var details = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .details)
    try details.encode(totalRequests, forKey: .totalRequests)
    try details.encode(failedRequests, forKey: .failedRequests)
    try details.encode(rejectedRequests, forKey: .rejectedRequests)
    try details.encode(rejectedByCircuit, forKey: .rejectedByCircuit)
    try details.encode(rejectedByBulkhead, forKey: .rejectedByBulkhead)
    try details.encode(rejectedRate, forKey: .rejectedRate)
  }

  private func encodeVerdict(to container: inout KeyedEncodingContainer<CodingKeys>) throws {
    try container.encode(status, forKey: .status)
    try container.encode(responseTime.milliseconds, forKey: .responseTime)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(successRate, forKey: .successRate)
    try container.encode(message, forKey: .message)
    try container.encode(issues, forKey: .issues)
    try container.encode(circuit, forKey: .circuit)
  }

  /// The value of a component in an object whose keys are component names, as in `GET /health/components`.
  package struct Entry: Encodable {
    let health: ComponentHealth

    package init(_ health: ComponentHealth) { self.health = health }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try health.encodeVerdict(to: &container)
      try container.encode(health.rejectedRate, forKey: .rejectedRate)
    }
  }
}
