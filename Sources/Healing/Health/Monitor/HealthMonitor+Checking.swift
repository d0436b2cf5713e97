import Synchronization

extension HealthMonitor {
  /// Returns the health of a component from the calls of all processes, its circuit and its last check; `nil`
  /// when the ledger does not know the component.
  /// - Throws: ``LedgerError``.
  public func health(of component: ComponentName) async throws(LedgerError) -> ComponentHealth? {
    let ledger = engine.ledger
    await ledger.settleForReading()
    guard try await ledger.components.find(component) != nil else { return nil }
    try await engine.refreshPolicies()
    let buckets = try await ledger.samples.windows(component: component)
    let breaker = try await ledger.breakers.find(component)
    let now = engine.context.time.wallClock()
    let summary = engine.healthOptions(of: component).summary(of: buckets, at: now)
    let checkResult = state.withLock { $0.checkResults[component] }
    return health(of: component, summary, breaker.map { CircuitHealth($0, at: now) }, checkResult, at: now)
  }

  /// Returns the health of every component.
  /// - Throws: ``LedgerError``.
  public func systemHealth() async throws(LedgerError) -> SystemHealth {
    let ledger = engine.ledger
    await ledger.settleForReading()
    try await engine.refreshPolicies()
    let known = try await ledger.components.all().map(\.name)
    let breakers = ledger.breakers
    let closed = try await breakers.names()
    let unusual = Dictionary(
      try await breakers.unusual().map { ($0.component, $0) }, uniquingKeysWith: { _, last in last })
    let now = engine.context.time.wallClock()
    let windows = Dictionary(
      grouping: try await ledger.samples.windows(
        since: HealthOptions.earliestBucket(at: now), component: nil), by: \.component)
    let checkResults = state.withLock { $0.checkResults }
    let components = known.map { name in
      let summary = engine.healthOptions(of: name).summary(of: windows[name] ?? [], at: now)
      let circuit =
        unusual[name].map { CircuitHealth($0, at: now) } ?? (closed.contains(name) ? .closed : nil)
      return health(of: name, summary, circuit, checkResults[name], at: now)
    }
    return SystemHealth(components: components, at: now)
  }

  /// Returns the health of every component that this process has used, from its own calls, circuits and last
  /// checks. Use it when the ledger cannot be read.
  public func systemHealthInMemory() -> SystemHealth {
    let now = engine.context.time.wallClock()
    let checkResults = state.withLock { $0.checkResults }
    return SystemHealth(
      components: engine.components.map {
        health(
          of: $0.name, $0.windowSummary(),
          engine.breakerSnapshot(of: $0.name).map { CircuitHealth($0, at: now) }, checkResults[$0.name],
          at: now)
      }, at: now)
  }

  /// Checks a component now: runs its health check, judges it by that, by all calls so far and by its circuit,
  /// and sends the resulting alerts. The check is recorded when it changed the status, when it is the
  /// component's first in this process, and when the last row is ``MonitorOptions/unchangedRowInterval`` old.
  /// - Returns: `nil` when a check of the component is in progress, when the caller was cancelled, or when the
  ///   engine refuses the component as new (``RecoveryEngine/componentLimit``).
  @discardableResult
  public func check(_ component: ComponentName) async -> ComponentHealth? {
    await check(component, in: nil, flushes: true)
  }

  /// - Parameters:
  ///   - round: the data that was read for all components at once; `nil` reads the data of this component.
  ///   - flushes: whether the ledger is flushed first, so that the check covers all calls so far.
  func check(_ component: ComponentName, in round: MonitorRound?, flushes: Bool) async -> ComponentHealth? {
    guard (try? engine.admit([component])) != nil else { return nil }
    let time = engine.context.time
    let startedAt = time.monotonicNanoseconds()
    guard let start = state.withLock({ $0.begin(component, at: startedAt) }) else { return nil }
    var result: (MonitorState.LastResult, MonitorState.RegisteredCheck)?
    switch start {
    case .judge: break
    case .run(let registered), .overdue(let registered):
      guard let checkResult = await checkResult(of: start) else {
        state.withLock { $0.abandon(component) }
        return nil
      }
      let duration = Duration.nanoseconds(time.monotonicNanoseconds() - startedAt)
      result = (.init(checkResult: checkResult, duration: duration), registered)
    }
    if flushes { await engine.ledger.settleForReading() }
    let (health, view) = await judge(component, after: result, in: round)
    let previous = await previousStatus(of: component, view, in: round)
    // A cancelled task may have read incomplete data, and a stopped monitor records nothing.
    if Task.isCancelled {
      state.withLock { $0.abandon(component) }
      return nil
    }
    let now = time.monotonicNanoseconds()
    let needsRow = view.needsRow(health.status, at: now)
    if needsRow {
      engine.context.note(
        .check(
          HealthCheckRecord(
            id: engine.ledger.makeID(), at: health.at, component: component, status: health.status,
            previousStatus: previous == health.status ? nil : previous, errorRate: health.errorRate,
            totalRequests: health.totalRequests, failedRequests: health.failedRequests,
            responseTime: health.responseTime, message: health.message, issues: health.issues)))
    }
    let (alerts, sent) = await alert(health, view, previous: previous, in: round)
    let handlers = state.withLock {
      $0.finish(health, view, hasRow: needsRow, alerts: alerts, sent: sent, at: now)
    }
    for name in handlers { deliver(to: name) }
    return health
  }

  /// - Returns: `nil` without a health check, or when the caller was cancelled.
  private func checkResult(of start: MonitorState.Start) async -> HealthCheck.Result? {
    switch start {
    case .judge: nil
    case .overdue(let registered):
      .critical("an earlier check exceeded its timeout of \(registered.check.timeout) and still runs")
    case .run(let registered):
      await registered.check.run(time: engine.context.time) { [weak self] in
        self?.state.withLock { $0.endRun(registered) }
      }
    }
  }

  /// Judges a component by the ledger, or by this process's data when the ledger cannot be read.
  /// - Parameter result: the result of the health check that has just run.
  private func judge(
    _ component: ComponentName, after result: (MonitorState.LastResult, MonitorState.RegisteredCheck)?,
    in round: MonitorRound?
  ) async -> (ComponentHealth, MonitorState.View) {
    let now = engine.context.time.wallClock()
    let buckets: [HealthWindowBucket]?
    if round == nil { try? await engine.refreshPolicies() }
    let breaker: BreakerSnapshot?
    let own = { self.engine.breakerSnapshot(of: component) }
    if let round {
      buckets = round.buckets(of: component)
      breaker = round.breaker(of: component, own: own)
    } else {
      buckets = try? await engine.ledger.samples.windows(component: component)
      do {
        breaker = try await engine.ledger.breakers.find(component)
      } catch {
        breaker = own()
      }
    }
    let options = engine.healthOptions(of: component)
    let summary = buckets.map { options.summary(of: $0, at: now) } ?? engine.windowSummary(of: component)
    let view = state.withLock { $0.view(of: component, after: result) }
    let circuit = breaker.map { CircuitHealth($0, at: now) }
    return (health(of: component, summary, circuit, view.checkResult, at: now), view)
  }

  private func health(
    of component: ComponentName, _ summary: HealthWindow.Summary, _ circuit: CircuitHealth?,
    _ last: MonitorState.LastResult?, at now: Timestamp
  ) -> ComponentHealth {
    ComponentHealth(
      component, summary, engine.healthOptions(of: component), circuit: circuit,
      checkResult: last?.checkResult,
      checkTime: last?.duration ?? .zero, at: now)
  }

  /// Returns the component's status at its last check, also of an earlier process; healthy before the first
  /// check.
  private func previousStatus(
    of component: ComponentName, _ view: MonitorState.View, in round: MonitorRound?
  ) async -> HealthStatus {
    if let last = view.last { return last.status }
    if let round { return round.statuses[component] ?? .healthy }
    let last = try? await engine.ledger.checks.recent(component: component, limit: 1).last
    return last?.status ?? .healthy
  }

  /// Decides whether to send an alert, and records it.
  /// - Returns: the component's alerts after this check, and the alert to deliver.
  private func alert(
    _ health: ComponentHealth, _ view: MonitorState.View, previous: HealthStatus, in round: MonitorRound?
  ) async -> (AlertState, AlertRecord?) {
    let time = engine.context.time
    var decided = view.alerts ?? AlertState()
    var kind = decided.decide(health, options, at: time.monotonicNanoseconds())
    if view.alerts == nil || kind != nil {
      // Another process, or this one before a restart, may already have sent the alert.
      let last: AlertRecord?
      if let round, kind == nil {
        last = round.alerts[health.component]
      } else {
        last = try? await engine.ledger.checks.recentAlerts(component: health.component, limit: 1).last
        // A cancelled read does not show whether the alert was sent: a stopped monitor sends none.
        if last == nil && Task.isCancelled { return (view.alerts ?? AlertState(), nil) }
      }
      if let last, decided.isNews(last) {
        let alerts = await incident(endingWith: last)
        let now = time.monotonicNanoseconds()
        // The wall clock is read after the alert: an alert that another process just wrote is then not in the
        // future.
        decided = AlertState(alerts, wall: time.wallClock(), monotonic: now)
        kind = decided.decide(health, options, at: now)
      } else if let last {
        decided.see(last)
      }
    }
    if view.isUnchecked && kind == .recovered { kind = .unwatched }
    let record = kind.map { kind in
      AlertRecord(
        id: engine.ledger.makeID(), at: health.at, component: health.component, kind: kind,
        status: health.status, previousStatus: previous == health.status ? nil : previous,
        message: Self.message(kind, health), isResolved: !decided.isIncident)
    }
    if let record {
      decided.last = record.id
      engine.context.note(.alert(record))
    }
    return (decided, record)
  }

  private static func message(_ kind: AlertRecord.Kind, _ health: ComponentHealth) -> String {
    let status = "\(health.component) is \(health.status.rawValue): \(health.message)"
    switch kind {
    case .raised, .reminder, .recovered, .circuitOpened, .incidentOpened, .incidentMitigated, .incidentEnded:
      return status
    case .unwatched: return "\(health.component) is no longer monitored: its health check was removed"
    case .circuitClosed: return "the circuit of \(health.component) is closed; \(status)"
    }
  }

  /// Maximum number of alerts that are read to determine whether the incident's circuit was reported.
  private static let incidentAlerts = 100

  /// Returns the last alerts of a component's incident. A reminder alone does not identify the alert that it
  /// repeats.
  private func incident(endingWith last: AlertRecord) async -> [AlertRecord] {
    guard last.kind == .reminder else { return [last] }
    let alerts = try? await engine.ledger.checks.recentAlerts(
      component: last.component, limit: Self.incidentAlerts)
    guard let alerts, alerts.last?.id == last.id else { return [last] }
    return alerts
  }

  // MARK: Delivering

  /// Delivers the queued alerts of a handler in order. Only for the caller for which ``DeliveryQueue/begin()``
  /// returned `true`.
  func deliver(to name: String) {
    let component = engine.reserve(MonitorState.deliveryComponent(of: name))
    // An unstructured task: a handler can take long, and is not cancelled with the monitoring.
    Task {
      while true {
        switch state.withLock({ $0.nextDelivery(to: name) }) {
        case .deliver(let alert, let handler):
          do {
            try await component.execute("deliver") { try await attempt(alert, handler, of: component.name) }
          } catch {
            keepUndelivered(alert, to: name)
          }
        case .end(let successor):
          successor?.release(name)
          return
        }
      }
    }
  }

  /// - Throws: the handler's error; `CancellationError`, which does not count as a failure, when the alert is
  ///   superseded.
  private func attempt(_ alert: AlertRecord, _ handler: AlertHandler, of component: ComponentName)
    async throws
  {
    if isSuperseded(alert) { throw CancellationError() }
    switch await withTimeout(
      for: handler.limit, time: engine.context.time, { try await handler.body(alert) })
    {
    case .value: return
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut:
      throw OperationTimeoutError(
        component: component, operation: "deliver", scope: .attempt, limit: handler.limit)
    }
  }

  /// Whether an alert of this monitor, or of the one that replaced it, supersedes the alert.
  private func isSuperseded(_ alert: AlertRecord) -> Bool {
    let (own, successor) = state.withLock { ($0.isSuperseded(alert), $0.successor) }
    return own || successor?.isSuperseded(alert) == true
  }

  private func keepUndelivered(_ alert: AlertRecord, to name: String) {
    let successor = state.withLock { state in
      if state.successor == nil { state.keepUndelivered(alert, to: name) }
      return state.successor
    }
    successor?.keepUndelivered(alert, to: name)
  }

  /// Ends the hold of a handler's queue: the monitor that this one has replaced has ended its delivery.
  private func release(_ name: String) {
    let (names, successor) = state.withLock { ($0.release(name), $0.successor) }
    for name in names { deliver(to: name) }
    successor?.release(name)
  }
}
