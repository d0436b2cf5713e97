import Synchronization

/// The state that all components of an engine share.
final class EngineContext: Sendable {
  let ledger: any Ledger
  let time: any TimeSource
  let detector: ErrorDetector
  let observer: (any CallObserver)?
  let events = EventHub()
  /// Called with a notice for an operator, outside all locks.
  let notify: @Sendable (EngineNotice) -> Void
  private let generator: Lock<SplitMix64>
  private let thrown = Lock(ThrownErrors())
  private let reported = Lock(ReportedErrors())
  private let thrownCount = Atomic<UInt64>(0)
  /// The states of the engine's components. A handle may keep a state alive longer than the engine.
  private let states = Lock<[ComponentName: WeakState]>([:])

  private struct WeakState: Sendable {
    weak let state: ComponentStateBox?
  }

  /// The monitors of the engine.
  private let monitors = Lock<[WeakMonitor]>([])

  private struct WeakMonitor: Sendable {
    weak let monitor: HealthMonitor?
  }

  private let owner = Lock(WeakEngine(engine: nil))

  private struct WeakEngine: Sendable {
    weak let engine: RecoveryEngine?
  }

  init(
    ledger: any Ledger, time: any TimeSource, classifiers: [any ErrorClassifier], seed: UInt64,
    observer: (any CallObserver)?, notify: @escaping @Sendable (EngineNotice) -> Void
  ) {
    self.observer = observer
    self.ledger = ledger
    self.notify = notify
    self.time = time
    self.detector = ErrorDetector(classifiers: classifiers, time: time, makeID: { ledger.makeID() })
    self.generator = Lock(SplitMix64(seed: seed))
  }

  /// The engine; `nil` once only handles of its components exist.
  var engine: RecoveryEngine? {
    get { owner.withLock { $0.engine } }
    set { owner.withLock { $0 = WeakEngine(engine: newValue) } }
  }

  // MARK: States

  func register(_ component: Component) {
    states.withLock { $0[component.name] = WeakState(state: component.state) }
  }

  /// Removes the entry of a component whose state was deallocated.
  func unregister(_ name: ComponentName) {
    states.withLock { states in
      // A new state may have been registered under the name.
      if let entry = states[name], entry.state == nil { states[name] = nil }
    }
  }

  /// Returns the state of a component while any handle of it exists.
  func state(of name: ComponentName) -> ComponentStateBox? {
    states.withLock { $0[name]?.state }
  }

  /// Clears the state of a component that existing handles share.
  func forgetState(of name: ComponentName) {
    state(of: name)?.forget(at: time.monotonicNanoseconds())
  }

  /// Makes a forgotten component known again, for a call by an existing handle.
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

  /// - Parameter isOwn: whether this process, and not another one, forgets the component.
  func notifyMonitors(forgotten name: ComponentName, isOwn: Bool) {
    for entry in monitors.withLock({ $0 }) { entry.monitor?.forget(name, isOwn: isOwn) }
  }

  // MARK: Breakers

  /// Applies the breaker changes of other processes. Records nothing; those processes already have.
  /// - Returns: the breakers of components that have no state here.
  func applyRemote(_ breakers: [BreakerSnapshot]) -> [BreakerSnapshot] {
    breakers.filter { breaker in
      guard let state = state(of: breaker.component) else { return true }
      applyRemote(breaker, into: state)
      return false
    }
  }

  func applyRemote(_ breaker: BreakerSnapshot, into state: ComponentStateBox) {
    let wall = time.wallClock()
    let now = time.monotonicNanoseconds()
    state.withLock { $0.applyRemote(breaker, wall: wall, monotonic: now) }
  }

  // MARK: Errors of inner components

  /// Number of errors that components have thrown. An attempt stores it when it begins, to distinguish errors
  /// of inner components from earlier ones.
  var thrownErrors: UInt64 { thrownCount.load(ordering: .relaxed) }

  /// Stores an error that a component has counted, or judged no failure, and throws.
  func keepThrown(
    _ error: any Error, component: ComponentName, errorID: LedgerID?, verdict: CallVerdict? = nil
  ) {
    let number = thrownCount.add(1, ordering: .relaxed).newValue
    let entry = ThrownErrors.Entry(
      error: error, component: component, errorID: errorID, verdict: verdict, task: ThrownErrors.currentTask)
    let former = thrown.withLock { $0.add(entry, number: number) }
    // Released outside the lock: the error's deinitializer may call the engine.
    withExtendedLifetime(former) {}
  }

  /// Returns the inner component's entry for an error; `nil` when no inner component threw it.
  /// - Parameters:
  ///   - task: task in which the attempt ran.
  ///   - before: ``thrownErrors`` when the attempt began.
  func cause(of error: any Error, in component: ComponentName, task: Int, before: UInt64)
    -> ThrownErrors.Entry?
  {
    guard thrownErrors > before else { return nil }
    let (last, same) = thrown.withLock {
      (
        $0.last(of: task, after: before, outside: component),
        $0.thrown(error, after: before, outside: component)
      )
    }
    if let same { return same }
    return last?.isSame(as: error) == true ? last : nil
  }

  // MARK: Reported errors

  /// Keeps a reported error, for the recoveries of it.
  func keepReported(_ error: ErrorContext, recoveries: [RecoveryRecord] = []) {
    reported.withLock { $0.insert(error, recoveries: recoveries) }
  }

  func hasReported(_ error: LedgerID, of component: ComponentName) -> Bool {
    reported.withLock { $0.contains(error, of: component) }
  }

  /// Returns what a reported recovery corrects in the counts of executions, from a minute on.
  func takeCorrections(_ recovery: RecoveryRecord) -> (Timestamp, ExecutionCorrections)? {
    reported.withLock { $0.take(recovery) }
  }

  // MARK: Entries

  /// Records the entry and publishes its event.
  func note(_ entry: LedgerEntry) {
    ledger.record(entry)
    publish(entry)
  }

  /// Publishes the event of an entry that is already recorded.
  func publish(_ entry: LedgerEntry) {
    if let event = entry.event { events.publish(event) }
  }

  /// Returns the decision after a failed attempt; the jitter comes from the engine's generator.
  func decide(_ schedule: inout RetrySchedule, retryAfter: Duration?) -> RetrySchedule.Decision {
    generator.withLock { generator in
      var local = generator
      defer { generator = local }
      return schedule.failed(retryAfter: retryAfter, using: &local)
    }
  }
}
