import Synchronization

/// What all components of an engine share.
final class EngineContext: Sendable {
  let ledger: any Ledger
  let time: any TimeSource
  let detector: ErrorDetector
  let events = EventHub()
  private let generator: Lock<SplitMix64>
  private let thrown = Lock(ThrownErrors())
  private let thrownCount = Atomic<UInt64>(0)
  /// The states of the engine's components, which may outlive it in the hands of a service.
  private let states = Lock<[ComponentName: WeakState]>([:])

  private struct WeakState: Sendable {
    weak let state: GuardedState?
  }

  /// The monitors over the engine.
  private let monitors = Lock<[WeakMonitor]>([])

  private struct WeakMonitor: Sendable {
    weak let monitor: HealthMonitor?
  }

  private let owner = Lock(WeakEngine(engine: nil))

  private struct WeakEngine: Sendable {
    weak let engine: RecoveryEngine?
  }

  init(ledger: any Ledger, time: any TimeSource, classifiers: [any ErrorClassifier], seed: UInt64) {
    self.ledger = ledger
    self.time = time
    self.detector = ErrorDetector(classifiers: classifiers, time: time, makeID: { ledger.makeID() })
    self.generator = Lock(SplitMix64(seed: seed))
  }

  /// The engine, unless only handles of its components are left.
  var engine: RecoveryEngine? {
    get { owner.withLock { $0.engine } }
    set { owner.withLock { $0 = WeakEngine(engine: newValue) } }
  }

  // MARK: States

  func register(_ component: Component) {
    states.withLock { $0[component.name] = WeakState(state: component.state) }
  }

  /// To be called when the state of a component is gone.
  func unregister(_ name: ComponentName) {
    states.withLock { states in
      // Another may have taken its place.
      if let entry = states[name], entry.state == nil { states[name] = nil }
    }
  }

  /// The state of a component of which somebody holds a handle.
  func state(of name: ComponentName) -> GuardedState? {
    states.withLock { $0[name]?.state }
  }

  /// Forgets what is known of a component for handles of it that somebody may hold.
  func forgetState(of name: ComponentName) {
    state(of: name)?.forget(at: time.monotonicNanoseconds())
  }

  /// Makes a forgotten component anew, for a call by a handle from before.
  func readmit(_ component: Component) {
    if let engine {
      engine.readmit(component)
    } else if component.state.revive() {
      ledger.record(.component(component.name))
    }
  }

  // MARK: Monitors

  func add(_ monitor: HealthMonitor) {
    monitors.withLock { monitors in
      monitors.removeAll { $0.monitor == nil }
      monitors.append(WeakMonitor(monitor: monitor))
    }
  }

  /// - Parameter isOwn: whether this process forgets the component, and not another one.
  func tellMonitors(forgotten name: ComponentName, isOwn: Bool) {
    for entry in monitors.withLock({ $0 }) { entry.monitor?.forget(name, isOwn: isOwn) }
  }

  // MARK: Breakers

  /// Takes over what other processes have done with breakers. Nothing is written down: it has been.
  /// - Returns: those of components that nobody has asked for yet.
  func takeOver(_ breakers: [BreakerSnapshot]) -> [BreakerSnapshot] {
    breakers.filter { breaker in
      guard let state = state(of: breaker.component) else { return true }
      adopt(breaker, into: state)
      return false
    }
  }

  func adopt(_ breaker: BreakerSnapshot, into state: GuardedState) {
    let wall = time.wallClock()
    let now = time.monotonicNanoseconds()
    state.withLock { $0.adopt(breaker, wall: wall, monotonic: now) }
  }

  // MARK: Errors of inner components

  /// How many errors components have thrown. An attempt notes it when it begins, to tell errors of inner components from those
  /// before it.
  var thrownErrors: UInt64 { thrownCount.load(ordering: .relaxed) }

  /// Remembers an error that a component throws and has counted.
  func rememberThrown(_ error: any Error, component: ComponentName, errorID: LedgerID) {
    let number = thrownCount.add(1, ordering: .relaxed).newValue
    let entry = ThrownErrors.Entry(
      error: error, component: component, errorID: errorID, task: ThrownErrors.currentTask)
    let former = thrown.withLock { $0.add(entry, number: number) }
    // Released here, without the lock: what an error does at its end may call the engine.
    withExtendedLifetime(former) {}
  }

  /// What an inner component has counted of an error.
  /// - Parameters:
  ///   - task: in which the attempt ran.
  ///   - before: ``thrownErrors`` when it began.
  func cause(of error: any Error, in component: ComponentName, task: Int, before: UInt64)
    -> ThrownErrors.Entry?
  {
    guard let entry = thrown.withLock({ $0.last(of: task, after: before, outside: component) }),
      entry.isSame(as: error)
    else { return nil }
    return entry
  }

  // MARK: Entries

  /// Writes down and tells.
  func note(_ entry: LedgerEntry) {
    ledger.record(entry)
    publish(entry)
  }

  /// Tells the listeners of what is written down already.
  func publish(_ entry: LedgerEntry) {
    switch entry {
    case .error(let error): events.publish(.error(error))
    case .recovery(let recovery): events.publish(.recovery(recovery))
    case .transition(let transition, _): events.publish(.transition(transition))
    case .check(let check): events.publish(.check(check))
    case .alert(let alert): events.publish(.alert(alert))
    case .component, .sample, .rejection, .policy, .recoveryStarted, .recoveryEnded, .breaker, .metricsReset,
      .forgotten,
      .unprotectedCalls:
      break
    }
  }

  /// The decision after a failed attempt, jitter drawn from the engine's generator.
  func decide(_ schedule: inout RetrySchedule, retryAfter: Duration?) -> RetrySchedule.Decision {
    generator.withLock { generator in
      var local = generator
      defer { generator = local }
      return schedule.failed(retryAfter: retryAfter, using: &local)
    }
  }
}
