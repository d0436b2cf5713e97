/// What a ``HealthMonitor`` keeps between looks.
struct MonitorState: Sendable {
  /// What a component's last health check found, and how long it took.
  struct LastFinding: Sendable {
    var finding: HealthCheck.Finding
    var duration: Duration
  }

  /// A health check under the number of its registration.
  struct RegisteredCheck: Sendable {
    let number: Int
    let check: HealthCheck
  }

  private(set) var registered: Set<ComponentName> = []
  private(set) var checks: [ComponentName: RegisteredCheck] = [:]
  private var registrations = 0
  private var underWay: Set<ComponentName> = []
  /// When the checks that run began, by number, be it that nobody waits for them any more.
  private var running: [Int: Int64] = [:]
  /// Alerts that could not be delivered: the latest of each component, by handler.
  private(set) var owed: [String: [ComponentName: AlertRecord]] = [:]
  /// Who watches in place of this monitor.
  private(set) var successor: HealthMonitor?
  var findings: [ComponentName: LastFinding] = [:]
  var statuses: [ComponentName: HealthStatus] = [:]
  var alerts: [ComponentName: AlertState] = [:]
  var handlers: [String: @Sendable (AlertRecord) async throws -> Void] = [:]

  mutating func register(_ component: ComponentName, check: HealthCheck?) {
    registered.insert(component)
    guard let check else { return }
    registrations += 1
    checks[component] = RegisteredCheck(number: registrations, check: check)
  }

  mutating func forget(_ component: ComponentName) {
    registered.remove(component)
    checks[component] = nil
    findings[component] = nil
    statuses[component] = nil
    alerts[component] = nil
    for handler in owed.keys { owed[handler]?[component] = nil }
  }

  /// - Returns: `nil` when the check may be run; when it still runs from an earlier look, the nanoseconds since then.
  mutating func beginRun(_ check: RegisteredCheck, at now: Int64) -> Int64? {
    if let begun = running[check.number] { return now - begun }
    running[check.number] = now
    return nil
  }

  mutating func endRun(_ check: RegisteredCheck) { running[check.number] = nil }

  /// Gives up what is owed to the monitor that watches from now on, which is also told what will be owed.
  /// - Returns: the undelivered alerts, and the alert state of each component.
  mutating func giveUp(to next: HealthMonitor) -> (
    owed: [String: [ComponentName: AlertRecord]], alerts: [ComponentName: AlertState]
  ) {
    successor = next
    defer { owed = [:] }
    return (owed, alerts)
  }

  /// Remembers an alert that a handler was not given, unless another has taken its place.
  mutating func owe(_ alert: AlertRecord, to handler: String) {
    if isOvertaken(alert) { return }
    owed[handler, default: [:]][alert.component] = alert
  }

  /// Whether another alert of its component was told since, here or by another process. Not by id: those of two processes
  /// follow two clocks.
  private func isOvertaken(_ alert: AlertRecord) -> Bool {
    alerts[alert.component]?.last.map { $0 != alert.id } ?? false
  }

  /// What is to be delivered now, by handler: `alert`, and where there is none what could not be delivered before.
  mutating func due(
    _ alert: AlertRecord?, of component: ComponentName
  ) -> [(handler: String, alert: AlertRecord)] {
    handlers.keys.sorted().compactMap { handler in
      var earlier = owed[handler]?.removeValue(forKey: component)
      // Another process, or a look before what was owed came here, may have told a later one.
      if let owed = earlier, isOvertaken(owed) { earlier = nil }
      return (alert ?? earlier).map { (handler, $0) }
    }
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
