/// The state of a ``HealthMonitor`` between checks, as a pure value. Its methods return what the monitor has to do:
/// checks to run, notices, handlers to deliver to. A check of a component enters the monitor's lock to begin, to be judged,
/// and to finish.
struct MonitorState: Sendable {
  /// The result of a component's last health check, and the check's duration.
  struct LastResult: Sendable {
    var checkResult: HealthCheck.Result
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
  /// Components with a check in progress, each with the check's number. Forgetting a component ends its check.
  private var inProgress: [ComponentName: Int] = [:]
  private var begunChecks = 0
  /// Start time of each running check by registration number, abandoned ones included.
  private var running: [Int: Int64] = [:]
  /// The delivery queues by handler.
  private(set) var deliveries: [String: DeliveryQueue] = [:]
  /// Components whose check was removed since their last check, and whose incident that check may have started.
  private var uncheckedComponents: Set<ComponentName> = []
  /// The monitor that replaced this one.
  private(set) var successor: HealthMonitor?
  private(set) var checkResults: [ComponentName: LastResult] = [:]
  /// Whether the last round could not read the ledger.
  private var isLedgerUnreadable = false
  /// The last check of each component by this process.
  private(set) var lastChecks: [ComponentName: LastCheck] = [:]
  private var alerts: [ComponentName: AlertState] = [:]
  private(set) var handlers: [String: AlertHandler] = [:]
  /// The alerts on incidents that this monitor or the one before it has sent.
  var incidents = IncidentAlerts()
  /// The run that sends alerts on incidents; `nil` when this monitor sends none.
  var incidentProcess: Int64?
  /// When the incidents were last computed, in nanoseconds of the monotonic clock.
  var incidentsReadAt: Int64?

  // MARK: Rounds

  /// What a round of checks begins with.
  struct Round: Sendable {
    /// A notice that the ledger can be read again, or no longer.
    let notice: EngineNotice?
    /// The handlers to which delivery must be started.
    let deliveries: [String]
    /// The components with a health check and no check in progress, by name.
    let checked: [ComponentName]
    /// The components without a health check and no check in progress, by name.
    let others: [ComponentName]
    /// Whether this process has not checked some of ``others`` yet.
    let isFirst: Bool
  }

  /// Begins a round of checks.
  /// - Parameters:
  ///   - known: the components that the ledger knows.
  ///   - error: the error of reading them; `nil` when it succeeded.
  mutating func beginRound(known: [ComponentName], _ error: LedgerError?) -> Round {
    let notice = recordRead(error)
    let deliveries = retryUnwatched(known: known)
    let idle = idle(among: known)
    let others = idle.filter { checks[$0] == nil }
    return Round(
      notice: notice, deliveries: deliveries, checked: idle.filter { checks[$0] != nil }, others: others,
      isFirst: others.contains { lastChecks[$0] == nil || alerts[$0] == nil })
  }

  /// - Returns: a notice when the readability of the ledger has changed.
  private mutating func recordRead(_ error: LedgerError?) -> EngineNotice? {
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

  /// - Returns: the last status of the component if it has an incident; `nil` without an incident, or when another
  ///   monitor has replaced this one.
  mutating func forget(_ component: ComponentName) -> HealthStatus? {
    let hasIncident = successor == nil && alerts[component]?.isIncident == true
    let status = hasIncident ? lastChecks[component]?.status : nil
    registered.remove(component)
    checks[component] = nil
    checkResults[component] = nil
    lastChecks[component] = nil
    alerts[component] = nil
    uncheckedComponents.remove(component)
    inProgress[component] = nil
    for handler in deliveries.keys { deliveries[handler]?.forget(component) }
    return status
  }

  // MARK: A check

  /// What a check of a component begins with.
  enum Start: Sendable {
    /// The component has no health check: judge it.
    case judge
    /// Run the health check.
    case run(RegisteredCheck)
    /// An earlier run has exceeded the time limit of the health check and has not ended.
    case overdue(RegisteredCheck)
  }

  /// What a component is judged by besides the ledger's data.
  struct View: Sendable {
    /// The result of its last health check.
    let checkResult: LastResult?
    /// Its last check by this process.
    let last: LastCheck?
    /// Its alerts; `nil` before its first check by this process.
    let alerts: AlertState?
    /// Whether this is the first check since the component's health check was removed.
    let isUnchecked: Bool
    /// Number of the check; `nil` when the component was forgotten since it began.
    fileprivate let check: Int?

    /// Returns whether a check must become a row: it is the component's first in this process, it changed the
    /// status, or the last row is ``MonitorOptions/unchangedRowInterval`` old.
    func needsRow(_ status: HealthStatus, at now: Int64) -> Bool {
      guard let last, last.status == status else { return true }
      return now - last.recordedAt >= MonitorOptions.unchangedRowInterval.nanoseconds
    }
  }

  /// Begins a check of a component. End it with ``finish(_:_:hasRow:alerts:sent:at:)`` or ``abandon(_:)``.
  /// - Returns: `nil` when a check of the component is in progress, or when a health check that an earlier caller
  ///   has abandoned still runs within its time limit.
  mutating func begin(_ component: ComponentName, at now: Int64) -> Start? {
    guard inProgress[component] == nil else { return nil }
    var start = Start.judge
    if let check = checks[component] {
      if let startedAt = running[check.number] {
        guard now - startedAt >= check.check.timeout.nanoseconds else { return nil }
        start = .overdue(check)
      } else {
        running[check.number] = now
        start = .run(check)
      }
    }
    begunChecks += 1
    inProgress[component] = begunChecks
    return start
  }

  /// Marks a run of a health check as ended.
  mutating func endRun(_ check: RegisteredCheck) { running[check.number] = nil }

  /// Stores the result of a health check, unless the check was removed or replaced meanwhile, and returns what the
  /// component is judged by.
  /// - Parameter result: the result of the check in progress; `nil` without a health check.
  mutating func view(of component: ComponentName, after result: (LastResult, RegisteredCheck)?) -> View {
    if let (checkResult, check) = result, checks[component]?.number == check.number {
      checkResults[component] = checkResult
    }
    return View(
      checkResult: checkResults[component], last: lastChecks[component], alerts: alerts[component],
      isUnchecked: uncheckedComponents.contains(component), check: inProgress[component])
  }

  /// Ends a check, and queues its alert. Does nothing when the component was forgotten since the check began.
  /// - Parameters:
  ///   - view: what the component was judged by.
  ///   - hasRow: whether the check became a row.
  ///   - alerts: the component's alerts after this check.
  ///   - sent: the alert of this check; `nil` only retries failed deliveries.
  /// - Returns: the handlers to which delivery must be started.
  mutating func finish(
    _ health: ComponentHealth, _ view: View, hasRow: Bool, alerts: AlertState, sent: AlertRecord?,
    at now: Int64
  ) -> [String] {
    let component = health.component
    // The component was forgotten meanwhile: nothing of it may come back.
    guard let check = view.check, inProgress[component] == check else { return [] }
    lastChecks[component] = LastCheck(
      status: health.status, at: health.at, recordedAt: hasRow ? now : view.last?.recordedAt ?? now)
    if view.isUnchecked { uncheckedComponents.remove(component) }
    self.alerts[component] = alerts
    inProgress[component] = nil
    return enqueue(sent, of: component)
  }

  /// Ends a check without a result.
  mutating func abandon(_ component: ComponentName) { inProgress[component] = nil }

  /// Adds the checks and alerts of the monitor that this one replaces.
  mutating func mergeChecks(_ former: MonitorState) {
    lastChecks.merge(former.lastChecks) { own, _ in own }
    alerts.merge(former.alerts) { own, _ in own }
    incidents = former.incidents
  }

  // MARK: Findings

  mutating func dropResult(of component: ComponentName) { checkResults[component] = nil }

  /// Removes the check of a component, and its last result.
  /// - Returns: whether the component had a check.
  mutating func removeCheck(of component: ComponentName) -> Bool {
    guard checks.removeValue(forKey: component) != nil else { return false }
    markUnchecked(component, checkResult: checkResults.removeValue(forKey: component))
    return true
  }

  /// Marks the components whose check the former monitor had and this one does not have, and returns them.
  mutating func mergeUnchecked(_ former: MonitorState) -> [ComponentName] {
    let removed = former.checks.keys.filter { checks[$0] == nil }.sorted()
    for component in removed { markUnchecked(component, checkResult: former.checkResults[component]) }
    return removed
  }

  /// Marks a component whose check was removed. An incident that the check may have started ends as `unwatched`.
  /// - Parameter checkResult: the check's last result.
  mutating func markUnchecked(_ component: ComponentName, checkResult: LastResult?) {
    let isHealthy =
      checkResult.map { $0.checkResult.status == .healthy && $0.checkResult.errorRate == nil } ?? false
    if !isHealthy { uncheckedComponents.insert(component) }
  }

  // MARK: Delivering alerts

  mutating func setHandler(_ name: String, _ handler: AlertHandler) { handlers[name] = handler }

  /// Moves the alerts to deliver to the monitor that replaces this one.
  /// - Returns: this monitor's state, and the queues.
  mutating func handOver(to next: HealthMonitor) -> (
    former: MonitorState, deliveries: [String: DeliveryQueue]
  ) {
    successor = next
    var handed: [String: DeliveryQueue] = [:]
    for name in deliveries.keys { handed[name] = deliveries[name]?.handOver() }
    return (self, handed)
  }

  /// - Returns: the handlers to which delivery must be started.
  mutating func merge(_ handed: [String: DeliveryQueue]) -> [String] {
    for (name, queue) in handed where handlers[name] != nil {
      deliveries[name, default: DeliveryQueue()].merge(queue)
    }
    return begin()
  }

  /// Makes an alert the last one of its component, and queues it for every handler. An earlier alert that is being
  /// delivered is then superseded.
  /// - Returns: the handlers to which delivery must be started.
  mutating func supersede(with alert: AlertRecord) -> [String] {
    var ended = AlertState()
    ended.last = alert.id
    alerts[alert.component] = ended
    return enqueue(alert, of: alert.component)
  }

  /// Queues an alert about an incident for every handler.
  /// - Returns: the handlers to which delivery must be started.
  mutating func announce(_ alert: AlertRecord) -> [String] { enqueue(alert, of: alert.component) }

  /// Queues an alert for every handler. Without an alert, queues the component's failed deliveries again.
  /// - Parameter alert: `nil` only retries failed deliveries.
  /// - Returns: the handlers to which delivery must be started.
  private mutating func enqueue(_ alert: AlertRecord?, of component: ComponentName) -> [String] {
    for name in handlers.keys.sorted() {
      if let alert {
        deliveries[name, default: DeliveryQueue()].enqueue(alert)
      } else {
        deliveries[name]?.retry(component.text)
      }
    }
    return begin()
  }

  /// Queues failed deliveries again for components that are no longer checked, and for incidents.
  private mutating func retryUnwatched(known: [ComponentName]) -> [String] {
    let watched = Set(registered.union(known).map(\.text))
    for name in deliveries.keys {
      for subject in deliveries[name]?.undelivered.keys.filter({ !watched.contains($0) }) ?? [] {
        deliveries[name]?.retry(subject)
      }
    }
    return begin()
  }

  private mutating func begin() -> [String] {
    deliveries.keys.sorted().filter { deliveries[$0]?.begin() == true }
  }

  /// The next step of delivering a handler's queue.
  enum DeliveryStep: Sendable {
    /// Deliver the alert.
    case deliver(AlertRecord, AlertHandler)
    /// The queue is empty: release the handler's queue of the monitor that has replaced this one.
    case end(successor: HealthMonitor?)
  }

  /// Returns the next step of delivering a handler's queue.
  mutating func nextDelivery(to name: String) -> DeliveryStep {
    let alerts = alerts
    guard let alert = deliveries[name]?.next({ Self.isSuperseded($0, by: alerts) }),
      let handler = handlers[name]
    else { return .end(successor: successor) }
    return .deliver(alert, handler)
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
  private func idle(among known: [ComponentName]) -> [ComponentName] {
    registered.union(known).filter { inProgress[$0] == nil && !$0.isAlertChannel }.sorted()
  }

  static func deliveryComponent(of handler: String) -> ComponentName { ComponentName("alert.\(handler)") }
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
