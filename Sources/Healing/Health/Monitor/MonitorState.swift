/// The state of a ``HealthMonitor`` between checks.
struct MonitorState: Sendable {
  /// The finding of a component's last health check, and the check's duration.
  struct LastResult: Sendable {
    var finding: HealthCheck.Result
    var duration: Duration
  }

  /// A component's last check.
  struct LastCheck: Sendable {
    /// The status, which is also that of the last row.
    let status: HealthStatus
    let at: Timestamp
    /// When the last row was recorded, in nanoseconds of the monotonic clock.
    let recordedAt: Int64
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
  /// Start time of each running check by registration number, abandoned ones included.
  private var running: [Int: Int64] = [:]
  /// The delivery queues by handler.
  private(set) var deliveries: [String: DeliveryQueue] = [:]
  /// Components whose check was removed since their last check, and whose incident that check may have begun.
  private var uncheckedComponents: Set<ComponentName> = []
  /// The monitor that replaced this one.
  private(set) var successor: HealthMonitor?
  private(set) var findings: [ComponentName: LastResult] = [:]
  /// Whether the last round could not read the ledger.
  private var isLedgerUnreadable = false
  /// The last check of each component by this process.
  private(set) var lastChecks: [ComponentName: LastCheck] = [:]
  var alerts: [ComponentName: AlertState] = [:]
  private(set) var handlers: [String: AlertHandler] = [:]

  /// Notes whether a round could read the ledger.
  /// - Parameter error: the error of the read; `nil` when it succeeded.
  /// - Returns: a notice when that has changed.
  mutating func noteRead(_ error: LedgerError?) -> EngineNotice? {
    defer { isLedgerUnreadable = error != nil }
    guard let error else { return isLedgerUnreadable ? .ledgerReadable : nil }
    return isLedgerUnreadable ? nil : .ledgerUnreadable(error)
  }

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
    lastChecks[component] = nil
    alerts[component] = nil
    uncheckedComponents.remove(component)
    for handler in deliveries.keys { deliveries[handler]?.forget(component) }
  }

  /// Returns the last status of a component with an incident; `nil` without an incident, or when another
  /// monitor has replaced this one.
  func statusOfIncident(_ component: ComponentName) -> HealthStatus? {
    guard successor == nil, alerts[component]?.isIncident == true else { return nil }
    return lastChecks[component]?.status
  }

  // MARK: Rows

  /// Records a check.
  /// - Returns: whether it must become a row: it is the component's first in this process, it changed the
  ///   status, or the last row is ``MonitorOptions/unchangedRowInterval`` old.
  mutating func note(_ health: ComponentHealth, at now: Int64) -> Bool {
    let last = lastChecks[health.component]
    let isUnchanged = last.map {
      $0.status == health.status && now - $0.recordedAt < MonitorOptions.unchangedRowInterval.nanoseconds
    }
    lastChecks[health.component] = LastCheck(
      status: health.status, at: health.at, recordedAt: isUnchanged == true ? last?.recordedAt ?? now : now)
    return isUnchanged != true
  }

  /// Adds the checks and alerts of the monitor that this one replaces.
  mutating func takeOverChecks(_ former: MonitorState) {
    lastChecks.merge(former.lastChecks) { own, _ in own }
    alerts.merge(former.alerts) { own, _ in own }
  }

  // MARK: Findings

  /// Stores the finding of a check, unless the check was removed or replaced meanwhile.
  mutating func keep(_ finding: LastResult, of component: ComponentName, _ check: RegisteredCheck) {
    if checks[component]?.number == check.number { findings[component] = finding }
  }

  mutating func dropFinding(of component: ComponentName) { findings[component] = nil }

  /// Removes the check of a component, and its last finding.
  mutating func removeCheck(of component: ComponentName) {
    guard checks.removeValue(forKey: component) != nil else { return }
    markUnchecked(component, finding: findings.removeValue(forKey: component))
  }

  /// Marks the components whose check the former monitor had and this one does not have, and returns them.
  mutating func takeOverUnchecked(_ former: MonitorState) -> [ComponentName] {
    let removed = former.checks.keys.filter { checks[$0] == nil }.sorted()
    for component in removed { markUnchecked(component, finding: former.findings[component]) }
    return removed
  }

  private mutating func markUnchecked(_ component: ComponentName, finding: LastResult?) {
    let isHealthy = finding.map { $0.finding.status == .healthy && $0.finding.errorRate == nil } ?? false
    if !isHealthy { uncheckedComponents.insert(component) }
  }

  /// Whether this is the first check since the component's health check was removed. Call it once per check.
  mutating func takeUnchecked(_ component: ComponentName) -> Bool {
    uncheckedComponents.remove(component) != nil
  }

  // MARK: Running checks

  /// - Returns: `nil` when the check may run; the nanoseconds since its start when an earlier run has not
  ///   ended.
  mutating func beginRun(_ check: RegisteredCheck, at now: Int64) -> Int64? {
    if let begun = running[check.number] { return now - begun }
    running[check.number] = now
    return nil
  }

  mutating func endRun(_ check: RegisteredCheck) { running[check.number] = nil }

  // MARK: Delivering alerts

  mutating func setHandler(_ name: String, _ handler: AlertHandler) { handlers[name] = handler }

  /// Moves the alerts to deliver to the monitor that replaces this one.
  /// - Returns: this monitor's state, and the queues.
  mutating func giveUp(to next: HealthMonitor) -> (former: MonitorState, deliveries: [String: DeliveryQueue])
  {
    successor = next
    var handed: [String: DeliveryQueue] = [:]
    for name in deliveries.keys { handed[name] = deliveries[name]?.handOver() }
    return (self, handed)
  }

  /// - Returns: the handlers to which delivery must be started.
  mutating func takeOver(_ handed: [String: DeliveryQueue]) -> [String] {
    for (name, queue) in handed where handlers[name] != nil {
      deliveries[name, default: DeliveryQueue()].takeOver(queue)
    }
    return begin()
  }

  /// Queues an alert for every handler. Without an alert, queues the component's failed deliveries again.
  /// - Parameter alert: `nil` only retries failed deliveries.
  /// - Returns: the handlers to which delivery must be started.
  mutating func enqueue(_ alert: AlertRecord?, of component: ComponentName) -> [String] {
    for name in handlers.keys.sorted() {
      if let alert {
        deliveries[name, default: DeliveryQueue()].enqueue(alert)
      } else {
        deliveries[name]?.retry(component)
      }
    }
    return begin()
  }

  /// Queues failed deliveries again for components that are no longer checked.
  mutating func retryUnwatched(known: [ComponentName]) -> [String] {
    let watched = registered.union(known)
    for name in deliveries.keys {
      for component in deliveries[name]?.undelivered.keys.filter({ !watched.contains($0) }) ?? [] {
        deliveries[name]?.retry(component)
      }
    }
    return begin()
  }

  private mutating func begin() -> [String] {
    deliveries.keys.sorted().filter { deliveries[$0]?.begin() == true }
  }

  /// Returns the next alert for a handler; `nil` ends the delivery.
  mutating func nextDelivery(to name: String) -> (alert: AlertRecord, handler: AlertHandler)? {
    let alerts = alerts
    guard let alert = deliveries[name]?.next({ Self.isSuperseded($0, by: alerts) }),
      let handler = handlers[name]
    else { return nil }
    return (alert, handler)
  }

  /// Stores an alert whose delivery to a handler failed, for the next check of its component.
  mutating func keepUndelivered(_ alert: AlertRecord, to name: String) {
    if !isSuperseded(alert) { deliveries[name, default: DeliveryQueue()].keep(alert) }
  }

  /// Ends the hold of a handler's queue: the monitor before this one has ended its delivery.
  mutating func release(_ name: String) -> [String] {
    deliveries[name]?.release()
    return begin()
  }

  /// Whether this or another process has sent another alert of the component since. Ids are not compared: those
  /// of two processes follow two clocks.
  func isSuperseded(_ alert: AlertRecord) -> Bool { Self.isSuperseded(alert, by: alerts) }

  private static func isSuperseded(_ alert: AlertRecord, by alerts: [ComponentName: AlertState]) -> Bool {
    alerts[alert.component]?.last.map { $0 != alert.id } ?? false
  }

  /// Returns the components without a check in progress, sorted by name. Alert channels are left out: their
  /// alerts would use the failing channel.
  func idle(among known: [ComponentName]) -> [ComponentName] {
    registered.union(known).filter { !underWay.contains($0) && !$0.isAlertChannel }.sorted()
  }

  static func deliveryComponent(of handler: String) -> ComponentName { ComponentName("alert.\(handler)") }

  /// - Returns: whether the check may begin: one at a time for each component.
  mutating func begin(_ component: ComponentName) -> Bool { underWay.insert(component).inserted }

  mutating func end(_ component: ComponentName) { underWay.remove(component) }
}

/// A receiver of alerts.
struct AlertHandler: Sendable {
  /// Time limit of one attempt to deliver.
  let limit: Duration
  let body: @Sendable (AlertRecord) async throws -> Void
}

extension ComponentName {
  /// Whether the component's calls are the deliveries to a receiver of alerts. Such components are not
  /// monitored: their alerts would use the failing channel.
  package var isAlertChannel: Bool { text.hasPrefix("alert.") }
}
