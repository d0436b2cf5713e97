import Synchronization

/// Runs calls on components: detects and classifies errors, recovers, measures health, and records everything
/// in a ledger. At its start it restores breaker state and health from the ledger.
///
/// ```swift
/// let engine = try await RecoveryEngine(ledger: try SQLiteLedger(path: "healing.db"))
/// let answer = try await engine.execute("generate", on: "openai_adapter") {
///   try await openAI.generate(prompt)
/// }
/// ```
///
/// `Sendable`; any number of tasks can use it. A call does no I/O, and no lock is held while the operation
/// runs.
public final class RecoveryEngine: Sendable {
  /// The default of ``componentLimit``.
  public static let standardComponentLimit = 10_000

  /// The ledger in which the engine records everything.
  public let ledger: any Ledger
  let context: EngineContext
  private let policies: EnginePolicies
  private var defaultPolicy: SharedPolicy { policies.standard }
  /// Whether the engine's default policy is recorded for components without another one. An observer, which
  /// makes no calls, does not record it, so that the policies of the calling processes stay in force for a
  /// component's health.
  private let recordsDefaultPolicy: Bool
  private let storedPolicies = Lock(StoredPolicies())
  private let unprotectedCallCounter: UnprotectedCalls
  /// The context that refused components share.
  private let unprotected: EngineContext

  private struct State {
    var names: KnownNames
    var components: [ComponentName: Component] = [:]
    /// Whether the refusal of new components was noticed, and there was no room for one since.
    var isRefusing = false
    /// Components as the ledger has them, until their first use.
    var pendingComponents: [ComponentName: PendingComponent] = [:]
    /// Whether the ledger reports changes that have become durable.
    var isWatching = false
    /// Forgettings of this engine that the ledger has not reported as durable. Until then, the ledger's reports
    /// on such a component predate the forgetting.
    var forgetting: [ComponentName: [LedgerID]] = [:]

    /// - Returns: whether this engine forgot the component under this id.
    mutating func endForgetting(_ name: ComponentName, _ id: LedgerID) -> Bool {
      guard var ids = forgetting[name], let index = ids.firstIndex(of: id) else { return false }
      ids.remove(at: index)
      forgetting[name] = ids.isEmpty ? nil : ids
      return true
    }

    /// - Returns: a notice at the first refusal.
    mutating func refuse(_ name: ComponentName) -> EngineNotice? {
      defer { isRefusing = true }
      return isRefusing ? nil : .componentsRefused(first: name, limit: names.limit)
    }

    /// - Returns: whether the component was known.
    mutating func drop(_ name: ComponentName) -> Bool {
      components[name] = nil
      pendingComponents[name] = nil
      let wasKnown = names.remove(name)
      if wasKnown { isRefusing = false }
      return wasKnown
    }
  }
  // Entries that make or forget a component are recorded under the lock, so that their order is the order of
  // the changes.
  private let state: Lock<State>

  /// Starts an engine on a ledger and restores, for each component, the breaker's state, remaining wait,
  /// counts, trips and overrides, and the health of the last five minutes.
  /// - Parameters:
  ///   - ledger: the ledger in which everything is recorded.
  ///   - policy: policy of components without one of their own.
  ///   - classifiers: custom error classifiers, called before the built-in rules.
  ///   - time: the clocks; must be those of the ledger. Virtual in tests.
  ///   - seed: seed of the jitter; the same seed gives the same waits. Default: random.
  ///   - componentLimit: ``componentLimit``. Default 10,000.
  ///   - observer: receives every attempt of the engine's components; `nil`: no observer.
  ///   - notify: called with notices for an operator; each is one line of a log. Called by the task that caused the
  ///     notice, which waits for the call to return. Events of components are in ``events()``.
  /// - Throws: ``LedgerError`` when the ledger cannot be read; ``InvalidOptionError``, which names all options of the
  ///   policy outside their ranges.
  public convenience init(
    ledger: any Ledger, policy: ComponentPolicy = .standard, classifiers: [any ErrorClassifier] = [],
    time: any TimeSource = SystemTimeSource(), seed: UInt64 = .random(in: 0 ... .max),
    componentLimit: Int = RecoveryEngine.standardComponentLimit, observer: (any CallObserver)? = nil,
    notify: @escaping @Sendable (EngineNotice) -> Void = { _ in }
  ) async throws {
    try await self.init(
      ledger: ledger, policy: policy, classifiers: classifiers, time: time, seed: seed,
      componentLimit: componentLimit, observer: observer, isObserver: false,
      notify: notify)
  }

  /// - Parameter isObserver: whether the process makes no calls, so that the policies of the calling processes
  ///   are in force for the health of their components.
  package init(
    ledger: any Ledger, policy: ComponentPolicy = .standard, classifiers: [any ErrorClassifier] = [],
    time: any TimeSource = SystemTimeSource(), seed: UInt64 = .random(in: 0 ... .max),
    componentLimit: Int = RecoveryEngine.standardComponentLimit, observer: (any CallObserver)? = nil,
    isObserver: Bool, notify: @escaping @Sendable (EngineNotice) -> Void = { _ in }
  ) async throws {
    try policy.validate()
    recordsDefaultPolicy = !isObserver
    self.ledger = ledger
    self.policies = EnginePolicies(policy)
    context = EngineContext(
      ledger: ledger, time: time, classifiers: classifiers, seed: seed, observer: observer,
      notify: notify)
    _ = policies.standard.text
    unprotectedCallCounter = UnprotectedCalls(of: ledger)
    unprotected = EngineContext(
      ledger: unprotectedCallCounter, time: time, classifiers: classifiers, seed: seed, observer: observer,
      notify: notify)
    state = Lock(State(names: KnownNames(limit: componentLimit)))
    context.engine = self
    // Subscribed before reading, so that no change is missed between the two.
    let isWatching = try ledger.watchComponents { [weak self, weak context] changes in
      for change in changes {
        if let self {
          self.apply(change)
        } else if case .forgotten(let name, _) = change {
          context?.forgetState(of: name)
        }
      }
    }
    state.withLock { $0.isWatching = isWatching }
    try ledger.watchBreakers { [weak self, weak context] breakers in
      let others = context?.applyRemote(breakers) ?? []
      self?.cachePending(others)
    }
    try await readLedger()
    try await addPolicies(try await ledger.policies.latest())
  }

  private func readLedger() async throws(LedgerError) {
    let names = try await ledger.components.all().map(\.name)
    let breakers = try await ledger.breakers.all()
    let windows = Dictionary(
      grouping: try await ledger.samples.windows(
        since: HealthOptions.earliestBucket(at: context.time.wallClock()), component: nil), by: \.component)
    state.withLock { state in
      for name in names { state.names.insert(name) }
      for breaker in breakers where state.pendingComponents[breaker.component] == nil {
        state.pendingComponents[breaker.component] = PendingComponent(breaker: breaker, windows: [])
      }
      for (name, windows) in windows where state.names.contains(name) {
        state.pendingComponents[name] = PendingComponent(
          breaker: state.pendingComponents[name]?.breaker, windows: windows)
      }
    }
  }

  // MARK: Components

  /// The number of components of this engine and its ledger at which a new one is refused. A component that
  /// either already knows is never refused. Below 1, every new component is refused.
  public var componentLimit: Int {
    get { state.withLock { $0.names.limit } }
    set {
      state.withLock { state in
        state.names.limit = newValue
        state.isRefusing = false
      }
    }
  }

  /// The number of calls that ran unprotected because their component was refused. Each is also counted in a
  /// `gap` row of kind `components_refused`.
  public var unprotectedCalls: Int64 { unprotectedCallCounter.count }

  /// Returns the handle of a component; makes the component at its first use with the engine's policy.
  ///
  /// A new component past ``componentLimit`` is refused. Its handle runs each operation once, unprotected, and
  /// records only the number of such calls (``unprotectedCalls``). The fallbacks, the state and the
  /// compensations that a call passes still apply. The handle stays unprotected, so request it again for each
  /// call (``execute(_:on:fallbacks:request:_:)`` does), or use ``register(_:policy:)``.
  /// - Parameter name: name of the component.
  public func component(_ name: ComponentName) -> Component { existing(name) ?? make(name, defaultPolicy) }

  /// Returns the handle of a component with its own policy. The policy replaces the engine's policy, or a
  /// breaker that a client registered; the component's state continues.
  /// - Parameters:
  ///   - name: name of the component.
  ///   - policy: in force from now on, also for existing handles.
  /// - Throws: ``PolicyConflictError`` when the component already has its own, different policy; ``setPolicy(_:of:)``
  ///   replaces it. Policies are compared as the ledger stores them (``ComponentPolicy/Document``), so the code
  ///   of a strategy, fallback or judge is not compared. ``InvalidOptionError``, which names all options of the
  ///   policy that are outside their ranges or would have no effect.
  public func component(_ name: ComponentName, policy: ComponentPolicy) throws -> Component {
    try policy.validate()
    let wanted = SharedPolicy(policy, .explicit)
    while true {
      let found = existing(name)
      // Encoded before a lock is taken: the encoding calls `name` of custom strategies.
      if found?.sharedPolicy.source != .explicit { _ = wanted.text }
      let component = found ?? make(name, wanted)
      let present = component.sharedPolicy
      if present === wanted || !component.isProtected {
        // Makes the breaker known to the ledger now, before its first count.
        component.recordBreaker()
        return component
      }
      if present.source == .explicit {
        guard present.policy.hasSameOptions(as: policy) else {
          throw PolicyConflictError(component: name, inForce: present.text.json, refused: wanted.text.json)
        }
        return component
      }
      if setPolicy(wanted, of: component, insteadOf: present) { return component }
    }
  }

  /// Returns the handle of a component with a breaker that a client set, and otherwise the engine's policy. A
  /// policy that was set in code stays in force. The component's state continues.
  package func component(_ name: ComponentName, withBreaker options: CircuitBreakerOptions) -> Component {
    let policy = policies.with(options)
    _ = policy.text
    while true {
      let component = existing(name) ?? make(name, policy)
      let own = component.sharedPolicy
      let isSame = own.source == .registered && own.policy.breaker == options
      if isSame || own.source == .explicit || !component.isProtected { return component }
      if setPolicy(policy, of: component, insteadOf: own) { return component }
    }
  }

  /// Returns the handle of a component as ``component(_:)`` does, but throws when the component is refused.
  /// - Throws: ``ComponentLimitError`` when the component is new and ``componentLimit`` is reached.
  @discardableResult
  public func register(_ name: ComponentName) throws(ComponentLimitError) -> Component {
    let component = component(name)
    guard component.isProtected else { throw ComponentLimitError(component: name, limit: componentLimit) }
    return component
  }

  /// Returns the handle of a component as ``component(_:policy:)`` does, but throws when the component is
  /// refused.
  /// - Throws: ``ComponentLimitError`` when the component is new and ``componentLimit`` is reached,
  ///   ``PolicyConflictError`` when it already has its own, different policy, ``InvalidOptionError`` as ``component(_:policy:)``
  ///   throws it.
  @discardableResult
  public func register(_ name: ComponentName, policy: ComponentPolicy) throws -> Component {
    let component = try component(name, policy: policy)
    guard component.isProtected else { throw ComponentLimitError(component: name, limit: componentLimit) }
    return component
  }

  /// Admits all of the names, or no name.
  /// - Throws: ``ComponentLimitError`` with the first name that is refused.
  package func admit(_ names: some Sequence<ComponentName>) throws(ComponentLimitError) {
    let (refused, limit, notice) = state.withLock { state in
      let refused = state.names.firstRefused(of: names)
      return (refused, state.names.limit, refused.flatMap { state.refuse($0) })
    }
    if let notice { context.notify(notice) }
    if let refused { throw ComponentLimitError(component: refused, limit: limit) }
  }

  /// Makes a component that the program itself names, as for its alerts and checks, whatever the limit. There
  /// are few of these, and they stay protected when names from outside have reached the limit.
  @discardableResult
  package func reserve(_ name: ComponentName) -> Component {
    state.withLock { $0.names.insert(name) }
    return component(name)
  }

  private func existing(_ name: ComponentName) -> Component? {
    state.withLock { $0.components[name] }
  }

  private func make(_ name: ComponentName, _ policy: SharedPolicy) -> Component {
    let wall = context.time.wallClock()
    let now = context.time.monotonicNanoseconds()
    let (component, notice) = state.withLock { state -> (Component, EngineNotice?) in
      if let component = state.components[name] { return (component, nil) }
      guard state.names.admit(name) else {
        let component = Component(unprotected: name, policy: policy.policy, context: unprotected)
        return (component, state.refuse(name))
      }
      // A handle from before the component was forgotten may still hold its state.
      let former = context.state(of: name)
      former?.change(to: policy, wall: wall, at: now) { _, _ in }
      let component = Component(name: name, policy: policy, context: context, state: former)
      let pending = state.pendingComponents.removeValue(forKey: name)
      defer {
        // An explicit policy without a breaker closes the circuit that an earlier process left. The default
        // policy does not: a policy with a breaker may follow and restores the circuit.
        if policy.source == .explicit { component.closeRemembered() }
      }
      component.state.withLock { state in
        state.isForgotten = false
        if let breaker = pending?.breaker { state.restore(breaker, wall: wall, monotonic: now) }
        if let windows = pending?.windows { state.restore(windows, wall: wall) }
      }
      state.components[name] = component
      context.register(component)
      ledger.record(.component(name))
      record(policy, of: name, at: wall)
      return (component, nil)
    }
    if let notice { context.notify(notice) }
    return component
  }

  /// Records a component's policy in force.
  private func record(_ policy: SharedPolicy, of name: ComponentName, at wall: Timestamp) {
    if policy.source == .default && !recordsDefaultPolicy { return }
    ledger.record(
      .policy(PolicyChange(component: name, at: wall, text: policy.text, source: policy.source)))
  }

  /// Replaces a component's policy, also for existing handles. Its breaker with probes in progress, its counts,
  /// its health and its bulkhead permits continue; executions in progress keep the policy with which they
  /// began. A policy without a breaker closes the circuit. A component that is refused (``component(_:)``) has
  /// no policy.
  /// - Returns: the component.
  /// - Throws: ``InvalidOptionError`` as ``component(_:policy:)`` throws it.
  @discardableResult
  public func setPolicy(_ policy: ComponentPolicy, of name: ComponentName) throws(InvalidOptionError)
    -> Component
  {
    try policy.validate()
    let shared = SharedPolicy(policy, .explicit)
    _ = shared.text
    return setPolicy(shared, of: name)
  }

  private func setPolicy(_ policy: SharedPolicy, of name: ComponentName) -> Component {
    while true {
      let component = existing(name) ?? make(name, policy)
      guard component.isProtected, component.sharedPolicy !== policy else { return component }
      // The component was forgotten meanwhile: retry.
      if setPolicy(policy, of: component, insteadOf: nil) { return component }
    }
  }

  /// - Parameter former: the policy to replace; `nil` replaces any.
  /// - Returns: `false` when the component has another policy by now, or was forgotten.
  private func setPolicy(_ policy: SharedPolicy, of component: Component, insteadOf former: SharedPolicy?)
    -> Bool
  {
    let wall = context.time.wallClock()
    let changed = state.withLock { state -> (entries: [LedgerEntry], former: SharedPolicy)? in
      guard state.components[component.name] === component, former == nil || component.sharedPolicy === former
      else { return nil }
      let present = component.sharedPolicy
      let entries = component.changePolicy(to: policy)
      if present.source != policy.source || present.text.hash != policy.text.hash {
        record(policy, of: component.name, at: wall)
      }
      // Released outside the lock: the former policy is user code, whose deinitializer may call the engine.
      return (entries, present)
    }
    guard let changed else { return false }
    component.publish(changed.entries)
    component.recordBreaker()
    return true
  }

  /// The engine's components, sorted by name.
  public var components: [Component] {
    state.withLock { Array($0.components.values) }.sorted { $0.name < $1.name }
  }

  // MARK: Policies of other processes

  /// Returns the health options of a component: those of this process's policy, or, in an observer, those of
  /// the calling processes.
  func healthOptions(of name: ComponentName) -> HealthOptions {
    if let own = existing(name)?.sharedPolicy, own.source == .explicit || recordsDefaultPolicy {
      return own.policy.health
    }
    return storedPolicies.withLock { $0.healthOptions(of: name) } ?? defaultPolicy.policy.health
  }

  /// Returns the breaker that a client registered for a component, also before this process started.
  package func registeredBreaker(of name: ComponentName) -> CircuitBreakerOptions? {
    storedPolicies.withLock { $0.registeredBreaker(of: name) }
  }

  /// Reads the policies that became durable since the last call.
  func refreshPolicies() async throws(LedgerError) {
    let last = storedPolicies.withLock { $0.lastID }
    try await addPolicies(try await ledger.policies.changes(after: last))
  }

  /// Number of processes that are read to determine which ones have ended.
  private static let processLimit = 200

  private func addPolicies(_ policies: [StoredPolicy]) async throws(LedgerError) {
    let unclear = storedPolicies.withLock { stored in
      stored.add(policies)
      return stored.processesToCheck
    }
    guard !unclear.isEmpty else { return }
    let processes = try await ledger.processes.recent(limit: Self.processLimit)
    let running = Set(processes.lazy.filter { $0.endedAt == nil }.map(\.id))
    // A process that is not among the last ones counts as ended.
    if !processes.isEmpty { storedPolicies.withLock { $0.markEnded(unclear.subtracting(running)) } }
  }

  /// Returns the window of a component in this process; empty without one.
  func windowSummary(of name: ComponentName) -> HealthWindow.Summary {
    existing(name)?.windowSummary() ?? HealthWindow.Summary()
  }

  /// Returns the breaker of a component in this process, or as last read from the ledger; `nil` without a
  /// breaker.
  func breakerSnapshot(of name: ComponentName) -> BreakerSnapshot? {
    guard let component = existing(name) else {
      return state.withLock { $0.pendingComponents[name]?.breaker }
    }
    return component.breakerSnapshot() ?? component.state.withLock { $0.pendingBreaker }
  }

  // MARK: Forgetting

  /// Forgets a component: its circuit, its health window and its policy are gone here at once, and in every
  /// process on the ledger within about 100 ms. It no longer counts towards ``componentLimit`` and is no longer
  /// among the ledger's components. History rows and all totals stay. A later call under the name makes the
  /// component known again; a call by an existing handle keeps the handle's policy.
  /// - Parameters:
  ///   - name: name of the component.
  ///   - actor: operator that is recorded in the ledger.
  /// - Returns: whether this engine knew the component.
  @discardableResult
  public func forget(_ name: ComponentName, actor: String? = nil) -> Bool {
    let at = context.time.wallClock()
    let id = ledger.makeID()
    // The component is released outside the lock: its policy is user code, whose deinitializer may call the engine.
    let (wasKnown, dropped) = state.withLock { state in
      let dropped = state.components[name]
      context.forgetState(of: name)
      ledger.record(.forgotten(name, id: id, at: at, actor: actor))
      let wasKnown = state.drop(name)
      // The ledger does not report the forgetting of an unknown component.
      if wasKnown && state.isWatching { state.forgetting[name, default: []].append(id) }
      return (wasKnown, dropped)
    }
    withExtendedLifetime(dropped) {}
    context.notifyMonitors(forgotten: name, isOwn: true)
    return wasKnown
  }

  /// Applies a change that became durable, mostly of another process.
  private func apply(_ change: ComponentChange) {
    let (forgotten, dropped) = state.withLock { state -> (ComponentName?, Component?) in
      switch change {
      case .known(let name):
        guard state.forgetting[name] == nil else { return (nil, nil) }
        state.names.insert(name)
        if let revived = context.state(of: name), revived.revive() {
          record(revived.policy, of: name, at: context.time.wallClock())
        }
        return (nil, nil)
      case .forgotten(let name, let id):
        if state.endForgetting(name, id) || state.forgetting[name] != nil { return (nil, nil) }
        let dropped = state.components[name]
        context.forgetState(of: name)
        _ = state.drop(name)
        return (name, dropped)
      }
    }
    withExtendedLifetime(dropped) {}
    if let forgotten { context.notifyMonitors(forgotten: forgotten, isOwn: false) }
  }

  /// Makes a forgotten component known again when an existing handle is used. It is never refused: there are at
  /// most as many such components as were known before.
  func readmit(_ component: Component) {
    state.withLock { state in
      guard component.state.revive() else { return }
      state.names.insert(component.name)
      if state.components[component.name] == nil { state.components[component.name] = component }
      ledger.record(.component(component.name))
      record(component.sharedPolicy, of: component.name, at: context.time.wallClock())
    }
  }

  /// Stores the breakers of components until their first use.
  private func cachePending(_ breakers: [BreakerSnapshot]) {
    for breaker in breakers {
      let made = state.withLock { state in
        let made = state.components[breaker.component]
        // A component that was forgotten meanwhile is skipped.
        if made == nil && state.names.contains(breaker.component) {
          state.pendingComponents[breaker.component] = PendingComponent(
            breaker: breaker, windows: state.pendingComponents[breaker.component]?.windows ?? [])
        }
        return made
      }
      if let made { context.applyRemote(breaker, into: made.state) }
    }
  }

  // MARK: Calls

  /// Runs an operation on a component under its policy: ``Component/execute(_:fallbacks:request:_:)`` by name.
  @inlinable
  public func execute<Value>(
    _ operation: String, on component: ComponentName, fallbacks: [Fallback<Value>] = [],
    request: RequestInfo? = nil, _ body: () async throws -> Value
  ) async throws -> Value {
    try await self.component(component).execute(operation, fallbacks: fallbacks, request: request, body)
  }

  /// Returns a stream of the events from now on. Each caller gets a separate stream; a slow reader loses the
  /// oldest of more than 1,024 waiting events.
  public func events() -> AsyncStream<RecoveryEvent> { context.events.listen() }

  // MARK: Queries

  /// Returns the recoveries of a range in total, by action and by component, over every process on the ledger.
  public func statistics(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> RecoveryStatistics
  {
    await ledger.settleForReading()
    return try await ledger.recoveries.statistics(range, component: component)
  }

  /// Returns the last recoveries, newest last.
  public func recentRecoveries(_ count: Int = 10, component: ComponentName? = nil)
    async throws(LedgerError) -> [RecoveryRecord]
  {
    await ledger.settleForReading()
    return try await ledger.recoveries.recent(.all, component: component, limit: count)
  }

  /// Returns the breakers of all components, by name.
  public func breakers() async throws(LedgerError) -> [BreakerSnapshot] {
    await ledger.settleForReading()
    return try await ledger.breakers.all()
  }
}

/// The ledger's state of a component that was not used yet.
final class PendingComponent: Sendable {
  var breaker: BreakerSnapshot? { rareBreaker.value }
  private let rareBreaker: Rare<BreakerSnapshot>
  let windows: [HealthWindowBucket]

  init(breaker: BreakerSnapshot?, windows: [HealthWindowBucket]) {
    rareBreaker = Rare(breaker)
    self.windows = windows
  }
}
