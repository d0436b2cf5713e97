import Synchronization

/// Watches the health of components: judges their calls, runs health checks, writes every check down, and tells
/// somebody when a component gets bad and when it is well again.
///
/// ```swift
/// let monitor = HealthMonitor(engine: engine)
/// monitor.register(
///   "orders_db",
///   check: try HealthCheck {
///     try await database.ping()
///     return .healthy()
///   })
/// monitor.onAlert("pager") { alert in try await pager.send(alert.message) }
/// monitor.start()
/// ```
///
/// Health is read from the ledger, so it covers the calls of every process that writes to it. Every component that
/// the ledger knows is watched; ``register(_:check:)`` is for those not called yet, and for checks.
public final class HealthMonitor: Sendable {
  /// How it watches.
  public let options: MonitorOptions
  let engine: RecoveryEngine
  let state: Lock<MonitorState>
  private let loop = Lock<Task<Void, Never>?>(nil)

  /// A monitor that does not watch yet.
  public init(engine: RecoveryEngine, options: MonitorOptions = .standard) {
    self.engine = engine
    self.options = options
    state = Lock(MonitorState())
    engine.context.add(self)
  }

  deinit { loop.withLock { $0?.cancel() } }

  /// Watches a component from now on, also before its first call. It counts towards the engine's
  /// ``RecoveryEngine/componentLimit`` but is not refused. When it is forgotten, it is watched no more, and its check not
  /// run, until it is registered again.
  /// - Parameters:
  ///   - component: watched from now on.
  ///   - check: run at every look; `nil` leaves an earlier one in place.
  public func register(_ component: ComponentName, check: HealthCheck? = nil) {
    engine.reserve(component)
    state.withLock { $0.register(component, check: check) }
  }

  /// Stops monitoring a component that the engine has forgotten. An incident of it ends.
  /// - Parameter isOwn: whether this process has forgotten it; then this process sends that the incident ends.
  func forget(_ component: ComponentName, isOwn: Bool) {
    let status = state.withLock { state in
      defer { state.forget(component) }
      return isOwn ? state.statusOfIncident(component) : nil
    }
    guard let status else { return }
    let alert = AlertRecord(
      id: engine.ledger.makeID(), at: engine.context.time.wallClock(), component: component, kind: .unwatched,
      status: status, previousStatus: nil,
      message: "\(component) is no longer watched: the component was forgotten")
    engine.context.note(.alert(alert))
    for name in state.withLock({ state in
      // An alert from before that is in delivery must not be delivered after this one.
      var ended = AlertState()
      ended.last = alert.id
      state.alerts[component] = ended
      return state.enqueue(alert, of: component)
    }) { deliver(to: name) }
  }

  /// Removes the health check of a component. From then on its calls and its circuit alone decide, and its last finding no
  /// longer counts. Where the check began an incident that ends with it, handlers get an alert of kind
  /// ``AlertRecord/Kind/unwatched``. Does nothing when the component has no check.
  public func removeCheck(of component: ComponentName) async {
    let hadCheck = state.withLock { state in
      defer { state.removeCheck(of: component) }
      return state.checks[component] != nil
    }
    if hadCheck { await check(component) }
  }

  /// How long one attempt to deliver an alert may take.
  package static let deliveryLimit = Duration.seconds(60)

  /// Gives every alert from now on to `handler`, one at a time and in order, through the engine as component `alert.NAME`: a
  /// failed delivery is retried, a circuit breaker protects the receiver, and each failure is a row. One handler affects
  /// neither the monitor nor another handler.
  ///
  /// An attempt that takes longer than 60 s is cancelled and counts as failed; the next alert does not wait for it any
  /// longer. An alert that could not be delivered is retried at the later checks of its component, as long as this process
  /// runs. An alert that a later one of the same component has superseded is not delivered any more.
  /// - Parameters:
  ///   - name: of the handler; a later handler of the same name replaces it.
  ///   - handler: delivers an alert, or throws.
  public func onAlert(_ name: String, _ handler: @escaping @Sendable (AlertRecord) async throws -> Void) {
    onAlert(name, limit: Self.deliveryLimit, handler)
  }

  /// - Parameter limit: of one attempt.
  package func onAlert(
    _ name: String, limit: Duration, _ handler: @escaping @Sendable (AlertRecord) async throws -> Void
  ) {
    state.withLock { $0.setHandler(name, AlertHandler(limit: limit, body: handler)) }
  }

  /// Replaces another monitor: delivers what that one could not deliver, and knows which alerts it sent.
  /// - Returns: the components whose check `former` had and this monitor does not. Their next check sends that they are no
  ///   longer watched, where their check began an incident.
  @discardableResult
  package func takeOver(_ former: HealthMonitor) -> [ComponentName] {
    let (formerState, handed) = former.state.withLock { $0.giveUp(to: self) }
    let (removed, handlers) = state.withLock { state in
      state.takeOverChecks(formerState)
      return (state.takeOverUnchecked(formerState), state.takeOver(handed))
    }
    for name in handlers { deliver(to: name) }
    return removed
  }

  /// How many handlers ``onAlert(_:_:)`` has been given.
  public var alertHandlers: Int { state.withLock { $0.handlers.count } }
  /// How many components have a health check.
  public var registeredChecks: Int { state.withLock { $0.checks.count } }

  /// When this monitor last checked a component; `nil`: it has not.
  package func lastCheck(of component: ComponentName) -> Timestamp? {
    state.withLock { $0.lastChecks[component]?.at }
  }

  // MARK: Continuous monitoring

  /// Whether it looks at the components by itself.
  public var isActive: Bool { loop.withLock { $0 != nil } }

  /// Looks at every component now and then every ``MonitorOptions/checkInterval``. Does nothing when it does already.
  public func start() {
    loop.withLock { loop in
      guard loop == nil else { return }
      loop = Task { [weak self, options, time = engine.context.time] in
        await withDiscardingTaskGroup { group in
          while !Task.isCancelled, let monitor = self {
            let (checked, others) = await monitor.beginRound()
            for component in checked {
              // Each on its own, so that a slow check delays no other.
              group.addTask { [weak self] in _ = await self?.check(component, in: nil, flushes: false) }
            }
            await monitor.judge(others)
            if (try? await time.sleep(for: options.checkInterval)) == nil { break }
          }
        }
      }
    }
  }

  /// Stops looking, and returns when looks under way have ended; a check that does not heed its cancellation may go
  /// on. Does nothing when it does not look.
  public func stop() async {
    let ending = loop.withLock { loop in
      defer { loop = nil }
      return loop
    }
    ending?.cancel()
    await ending?.value
  }

  /// The components to be looked at in this round: all but those whose last check has not ended. Those with a health
  /// check, and those that are judged by their calls alone.
  private func beginRound() async -> (checked: [ComponentName], others: [ComponentName]) {
    await engine.ledger.settleForReading()
    let known = (try? await engine.ledger.components.all().map(\.name)) ?? []
    for name in state.withLock({ $0.retryUnwatched(known: known) }) { deliver(to: name) }
    return state.withLock { state in
      let idle = state.idle(among: known)
      return (idle.filter { state.checks[$0] != nil }, idle.filter { state.checks[$0] == nil })
    }
  }

  /// How many checks are recorded before they are waited for: half of what a ledger's queue takes one by one.
  private static let checksAtOnce = 4_096

  /// Judges components by their calls, one after the other.
  private func judge(_ components: [ComponentName]) async {
    let isFirst = state.withLock { state in
      components.contains { state.lastChecks[$0] == nil || state.alerts[$0] == nil }
    }
    try? await engine.refreshPolicies()
    let round = await MonitorRound(of: engine.ledger, at: engine.context.time.wallClock(), isFirst: isFirst)
    var isWritable = true
    for (index, component) in components.enumerated() {
      if Task.isCancelled { return }
      _ = await check(component, in: round, flushes: false)
      if isWritable && (index + 1).isMultiple(of: Self.checksAtOnce) {
        isWritable = (try? await engine.ledger.flush()) != nil
      }
    }
  }

  // MARK: Reporting from outside the engine

  /// Counts an attempt that was not made through the engine and that the component answered.
  public func recordSuccess(_ component: ComponentName, duration: Duration) {
    engine.component(component).report(.success, duration: duration)
  }

  /// Counts an attempt that was not made through the engine and that the component failed.
  /// - Parameters:
  ///   - component: what was called.
  ///   - duration: how long the attempt took.
  ///   - error: is classified and written down; a wrong request does not count against the component.
  ///   - operation: what the call is named in the ledger.
  public func recordFailure(
    _ component: ComponentName, duration: Duration, error: (any Error)? = nil, operation: String = "reported"
  ) {
    let component = engine.component(component)
    if let error {
      component.report(error, operation: operation, duration: duration)
    } else {
      component.report(.failure, duration: duration)
    }
  }

  /// Begins a component's metrics anew. No row is deleted.
  public func reset(_ component: ComponentName) {
    engine.component(component).resetMetrics()
    state.withLock { $0.dropFinding(of: component) }
  }
}
