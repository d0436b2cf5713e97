import Synchronization

/// Monitors the health of components: judges their calls, runs health checks, records the results, and sends
/// alerts when an incident begins, lasts and ends.
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
/// Health is read from the ledger, so it covers the calls of every process that writes to it. The monitor
/// checks every component that the ledger knows; ``register(_:check:)`` adds components before their first
/// call, and health checks.
public final class HealthMonitor: Sendable {
  /// The monitor's options.
  public let options: MonitorOptions
  let engine: RecoveryEngine
  let state: Lock<MonitorState>
  private let loop = Lock<Task<Void, Never>?>(nil)

  /// Creates a monitor with the standard options; ``start()`` starts it.
  public convenience init(engine: RecoveryEngine) { self.init(engine: engine, checked: .standard) }

  /// Creates a monitor; ``start()`` starts it.
  /// - Throws: ``InvalidOptionError``, which names all options outside their ranges.
  public convenience init(engine: RecoveryEngine, options: MonitorOptions) throws(InvalidOptionError) {
    try options.checkRanges()
    self.init(engine: engine, checked: options)
  }

  private init(engine: RecoveryEngine, checked options: MonitorOptions) {
    self.engine = engine
    self.options = options
    state = Lock(MonitorState())
    engine.context.add(self)
  }

  deinit { loop.withLock { $0?.cancel() } }

  /// Monitors a component from now on, also before its first call. It counts towards the engine's
  /// ``RecoveryEngine/componentLimit`` but is not refused. A forgotten component is not monitored, and its
  /// check is not run, until it is registered again.
  /// - Parameters:
  ///   - component: the component to monitor.
  ///   - check: health check to run at every check of the component; `nil` keeps an earlier one.
  public func register(_ component: ComponentName, check: HealthCheck? = nil) {
    engine.reserve(component)
    // Released outside the lock: a check is user code, whose deinitializer may call the monitor.
    let former = state.withLock { state in
      let former = state.checks[component]
      state.register(component, check: check)
      return former
    }
    withExtendedLifetime(former) {}
  }

  /// Stops monitoring a component that the engine has forgotten, and ends its incident.
  /// - Parameter isOwn: whether this process has forgotten the component; only then it sends the alert that
  ///   ends the incident.
  func forget(_ component: ComponentName, isOwn: Bool) {
    let (status, check) = state.withLock { state in
      let check = state.checks[component]
      return (state.forget(component), check)
    }
    withExtendedLifetime(check) {}
    guard isOwn, let status else { return }
    let alert = AlertRecord(
      id: engine.ledger.makeID(), at: engine.context.time.wallClock(), component: component, kind: .unwatched,
      status: status, previousStatus: nil,
      message: "\(component) is no longer monitored: the component was forgotten")
    engine.context.note(.alert(alert))
    for name in state.withLock({ $0.supersede(with: alert) }) { deliver(to: name) }
  }

  /// Removes the health check of a component. From then on only its calls and its circuit count, and the
  /// check's last result is dropped. If the check began an incident that now ends, handlers get an alert of
  /// kind ``AlertRecord/Kind/unwatched``. Does nothing when the component has no check.
  public func removeCheck(of component: ComponentName) async {
    let former = state.withLock { state in
      let former = state.checks[component]
      _ = state.removeCheck(of: component)
      return former
    }
    if former != nil { await check(component) }
  }

  /// Time limit of one attempt to deliver an alert.
  package static let deliveryLimit = Duration.seconds(60)

  /// Adds a handler for all alerts from now on. Alerts are delivered one at a time and in order, through the
  /// engine as component `alert.NAME`: a failed delivery is retried, a circuit breaker protects the receiver,
  /// and each failure is a row. A handler affects neither the monitor nor other handlers.
  ///
  /// An attempt that takes longer than 60 s is cancelled and counts as failed; the next alert is then
  /// delivered. A failed delivery is retried at later checks of its component while this process runs. An alert
  /// that a later one of the same component has superseded is not delivered.
  /// - Parameters:
  ///   - name: name of the handler; a later handler of the same name replaces it.
  ///   - handler: delivers an alert, or throws.
  public func onAlert(_ name: String, _ handler: @escaping @Sendable (AlertRecord) async throws -> Void) {
    onAlert(name, limit: Self.deliveryLimit, handler)
  }

  /// - Parameter limit: time limit of one attempt.
  package func onAlert(
    _ name: String, limit: Duration, _ handler: @escaping @Sendable (AlertRecord) async throws -> Void
  ) {
    let former = state.withLock { state in
      let former = state.handlers[name]
      state.setHandler(name, AlertHandler(limit: limit, body: handler))
      return former
    }
    withExtendedLifetime(former) {}
  }

  /// Replaces another monitor: delivers its undelivered alerts, and keeps its record of sent alerts.
  /// - Returns: the components whose check `former` had and this monitor does not have. If the check began an
  ///   incident that ends, the next check of the component sends an `unwatched` alert.
  @discardableResult
  package func replace(_ former: HealthMonitor) -> [ComponentName] {
    let (formerState, handed) = former.state.withLock { $0.handOver(to: self) }
    let (removed, handlers) = state.withLock { state in
      state.mergeChecks(formerState)
      return (state.mergeUnchecked(formerState), state.merge(handed))
    }
    for name in handlers { deliver(to: name) }
    return removed
  }

  /// Marks a component whose check an earlier process had and this one does not have: the end of its incident
  /// becomes an `unwatched` alert.
  package func markUnchecked(_ component: ComponentName) {
    state.withLock { $0.markUnchecked(component, checkResult: nil) }
  }

  /// The components with a health check.
  package var checkedComponents: Set<ComponentName> { state.withLock { Set($0.checks.keys) } }

  /// Number of alert handlers.
  public var alertHandlers: Int { state.withLock { $0.handlers.count } }
  /// Number of components with a health check.
  public var registeredChecks: Int { state.withLock { $0.checks.count } }

  /// Returns when this monitor last checked a component; `nil` before the first check.
  package func lastCheck(of component: ComponentName) -> Timestamp? {
    state.withLock { $0.lastChecks[component]?.at }
  }

  // MARK: Continuous monitoring

  /// Whether the monitor is started.
  public var isActive: Bool { loop.withLock { $0 != nil } }

  /// Checks every component now and then every ``MonitorOptions/checkInterval``. Does nothing when the monitor
  /// is already started.
  public func start() {
    loop.withLock { loop in
      guard loop == nil else { return }
      loop = Task { [weak self, options, time = engine.context.time] in
        await withDiscardingTaskGroup { group in
          while !Task.isCancelled, let monitor = self {
            let round = await monitor.beginRound()
            for component in round.checked {
              // Each check has its own task, so that a slow check does not delay the others.
              group.addTask { [weak self] in _ = await self?.check(component, in: nil, flushes: false) }
            }
            await monitor.judge(round.others, isFirst: round.isFirst)
            await monitor.announceIncidentsIfDue()
            if (try? await time.sleep(for: options.checkInterval)) == nil { break }
          }
        }
      }
    }
  }

  /// Stops the monitor, and returns when the checks in progress have ended. A check that ignores its
  /// cancellation may still run. Does nothing when the monitor is not started.
  public func stop() async {
    let ending = loop.withLock { loop in
      defer { loop = nil }
      return loop
    }
    ending?.cancel()
    await ending?.value
  }

  /// Starts the monitor, waits until the task is cancelled, and stops the monitor as ``stop()`` does. For a
  /// service group or a task group.
  public func run() async {
    start()
    await waitForCancellation()
    await stop()
  }

  /// Reads the components that the ledger knows, none when it cannot be read, and begins a round.
  private func beginRound() async -> MonitorState.Round {
    await engine.ledger.settleForReading()
    var known: [ComponentName] = []
    var problem: LedgerError?
    do throws(LedgerError) {
      known = try await engine.ledger.components.all().map(\.name)
    } catch {
      // Stopping the monitor cancels the read, which says nothing about the ledger.
      if error.code != .cancelled { problem = error }
    }
    let round = state.withLock { $0.beginRound(known: known, problem) }
    if let notice = round.notice { engine.context.notify(notice) }
    for name in round.deliveries { deliver(to: name) }
    return round
  }

  /// Number of recorded checks after which the ledger is flushed: half of the entries that a ledger's queue
  /// keeps unmerged.
  private static let checksAtOnce = 4_096

  /// Judges components without a health check one after the other.
  /// - Parameter isFirst: whether this process has not checked some of them yet.
  private func judge(_ components: [ComponentName], isFirst: Bool) async {
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

  // MARK: Calls outside the engine

  /// Counts a successful attempt that was made outside the engine.
  public func recordSuccess(_ component: ComponentName, duration: Duration) {
    engine.component(component).report(.success, duration: duration)
  }

  /// Counts a failed attempt that was made outside the engine.
  /// - Parameters:
  ///   - component: the called component.
  ///   - duration: duration of the attempt.
  ///   - error: the error to classify and record; a caller error does not count against the component.
  ///   - operation: name of the call in the ledger.
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

  /// Resets a component's metrics. No row is deleted.
  public func reset(_ component: ComponentName) {
    engine.component(component).resetMetrics()
    state.withLock { $0.dropResult(of: component) }
  }
}
