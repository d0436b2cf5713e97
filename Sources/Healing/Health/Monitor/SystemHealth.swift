/// The health of all components at one time.
public struct SystemHealth: Sendable, Hashable {
  /// The worst status of the components; healthy without components.
  public var status: HealthStatus
  /// All components, by name, without the alert channels.
  public var components: [ComponentHealth]
  /// The components `alert.NAME`, by name: the deliveries to each receiver of alerts. They do not count for
  /// status, counts, rates, message and issues.
  public var alertChannels: [ComponentHealth]
  /// When the components were judged.
  public var at: Timestamp

  /// Creates the health of a system.
  /// - Parameters:
  ///   - components: all components, including alert channels.
  ///   - at: when the components were judged.
  public init(components: [ComponentHealth], at: Timestamp) {
    let sorted = components.sorted { $0.component < $1.component }
    self.components = sorted.filter { !$0.component.isAlertChannel }
    alertChannels = sorted.filter { $0.component.isAlertChannel }
    self.at = at
    status = self.components.map(\.status).max() ?? .healthy
  }

  /// Components and alert channels, by name.
  package var all: [ComponentHealth] { (components + alertChannels).sorted { $0.component < $1.component } }

  /// Share of failures over all components' sliding windows, 0...1.
  public var errorRate: Double {
    let (total, failed) = counts
    return total == 0 ? 0 : Double(failed) / Double(total)
  }

  /// Share of successes, 0...1; 1 without attempts.
  public var successRate: Double {
    let (total, failed) = counts
    return ComponentRates.successRate(total: total, failed: failed) ?? 1
  }

  private var counts: (total: Int64, failed: Int64) {
    components.reduce(into: (0, 0)) {
      $0 = ($0.0.addingClamped($1.totalRequests), $0.1.addingClamped($1.failedRequests))
    }
  }

  /// Returns the number of components with a status.
  public func count(_ status: HealthStatus) -> Int { components.count { $0.status == status } }

  /// The issues: one entry for each component that is not healthy.
  public var issues: [String] {
    components.filter { $0.status != .healthy }.map {
      "\($0.component) is \($0.status.rawValue): \($0.message)"
    }
  }

  /// A one-line message for operators.
  public var message: String {
    let sick = components.count - count(.healthy)
    guard !components.isEmpty else { return "no component is known" }
    return sick == 0
      ? components.count == 1
        ? "the component is healthy" : "all \(components.count) components are healthy"
      : components.count == 1
        ? "the component is not healthy"
        : "\(sick) of \(components.count) components \(sick == 1 ? "is" : "are") not healthy"
  }
}

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
