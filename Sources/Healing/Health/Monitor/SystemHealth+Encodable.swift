extension SystemHealth: Encodable {
  private enum CodingKeys: String, CodingKey {
    case message, issues, details, timestamp
    case status = "system_status"
    case errorRate = "error_rate"
    case successRate = "success_rate"
    case alertChannels = "alert_channels"
    case window = "window_seconds"
  }

  private enum DetailsKeys: String, CodingKey { case components, healthy, degraded, unhealthy, critical }

  /// Encodes the fields of `GET /health` without `ledger_problem`. Of ``components`` only the numbers by status and
  /// the issues are encoded; each component's health is `Encodable`, too.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(status, forKey: .status)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(successRate, forKey: .successRate)
    try container.encode(message, forKey: .message)
    try container.encode(issues, forKey: .issues)
    let channels = alertChannels.map { ($0.component.text, ComponentHealth.Entry($0)) }
    try container.encode(Dictionary(channels, uniquingKeysWith: { $1 }), forKey: .alertChannels)
    // The longest window of all components.
    let window = components.map(\.window).max() ?? HealthOptions.standard.window
    try container.encode(window.milliseconds / 1_000, forKey: .window)
    try container.encode(at, forKey: .timestamp)
    var details = container.nestedContainer(keyedBy: DetailsKeys.self, forKey: .details)
    try details.encode(components.count, forKey: .components)
    try details.encode(count(.healthy), forKey: .healthy)
    try details.encode(count(.degraded), forKey: .degraded)
    try details.encode(count(.unhealthy), forKey: .unhealthy)
    try details.encode(count(.critical), forKey: .critical)
  }
}
