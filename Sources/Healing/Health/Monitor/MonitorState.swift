/// What a ``HealthMonitor`` keeps between looks.
struct MonitorState: Sendable {
  /// What a component's last health check found, and how long it took.
  struct LastFinding: Sendable {
    var finding: HealthCheck.Finding
    var duration: Duration
  }

  private(set) var registered: Set<ComponentName> = []
  private(set) var checks: [ComponentName: HealthCheck] = [:]
  private var underWay: Set<ComponentName> = []
  var findings: [ComponentName: LastFinding] = [:]
  var statuses: [ComponentName: HealthStatus] = [:]
  var alerts: [ComponentName: AlertState] = [:]
  var handlers: [String: @Sendable (AlertRecord) async throws -> Void] = [:]

  mutating func register(_ component: ComponentName, check: HealthCheck?) {
    registered.insert(component)
    if let check { checks[component] = check }
  }

  /// Components without a look under way, by name. Those that only deliver alerts are left out: their trouble
  /// would be told through themselves.
  func idle(among known: [ComponentName]) -> [ComponentName] {
    registered.union(known).filter { !underWay.contains($0) && !Self.deliversAlerts($0) }.sorted()
  }

  static func deliveryComponent(of handler: String) -> ComponentName { ComponentName("alert.\(handler)") }

  private static func deliversAlerts(_ component: ComponentName) -> Bool {
    component.text.hasPrefix("alert.")
  }

  /// - Returns: whether the look may begin: one at a time for each component.
  mutating func begin(_ component: ComponentName) -> Bool { underWay.insert(component).inserted }

  mutating func end(_ component: ComponentName) { underWay.remove(component) }
}
