/// The health of everything at a time.
public struct SystemHealth: Sendable, Hashable {
  /// The worst status among the components; healthy when there are none.
  public var status: HealthStatus
  /// Every component, by name, without the channels of alerts.
  public var components: [ComponentHealth]
  /// The components `alert.NAME`, by name: the deliveries to each receiver of alerts. They do not count for status, counts,
  /// rates, message and issues.
  public var alertChannels: [ComponentHealth]
  /// When it was looked at.
  public var at: Timestamp

  /// - Parameters:
  ///   - components: all of them, those of alert channels included.
  ///   - at: when they were judged.
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
    let total = components.reduce(Int64(0)) { $0.addingClamped($1.totalRequests) }
    let failed = components.reduce(Int64(0)) { $0.addingClamped($1.failedRequests) }
    return total == 0 ? 0 : Double(failed) / Double(total)
  }

  /// Share of successes, 0...1; 1 when there were no attempts.
  public var successRate: Double { 1 - errorRate }

  /// How many components have a status.
  public func count(_ status: HealthStatus) -> Int { components.count { $0.status == status } }

  /// What is wrong, one item a component that is not healthy.
  public var issues: [String] {
    components.filter { $0.status != .healthy }.map {
      "\($0.component) is \($0.status.rawValue): \($0.message)"
    }
  }

  /// One line for people.
  public var message: String {
    let sick = components.count - count(.healthy)
    guard !components.isEmpty else { return "no component is known" }
    return sick == 0
      ? "all \(components.count) components are healthy"
      : "\(sick) of \(components.count) components are not healthy"
  }
}
