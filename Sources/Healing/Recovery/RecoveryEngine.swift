import Synchronization

/// Wraps calls on components: detects and classifies what fails, recovers, watches health, and writes all of it
/// into a ledger, from which it also takes over breaker state and health when it starts.
///
/// ```swift
/// let engine = try await RecoveryEngine(ledger: try SQLiteLedger(path: "healing.db"))
/// let answer = try await engine.execute("generate", on: "openai_adapter") {
///   try await openAI.generate(prompt)
/// }
/// ```
///
/// `Sendable`; usable from any number of tasks. A call does no input or output, and no lock is held while the
/// operation runs.
public final class RecoveryEngine: Sendable {
  /// How many components an engine knows by default before it refuses new ones.
  public static let standardComponentLimit = 10_000

  /// Where everything is written down.
  public let ledger: any Ledger
  let context: EngineContext
  private let policies: EnginePolicies
  private var defaultPolicy: SharedPolicy { policies.standard }
  /// Whether the engine's own policy is recorded for components without another one: not where this process calls nothing
  /// by itself, so that the policies of the processes that do are in force for the health of a component.
  private let recordsDefaultPolicy: Bool
  private let storedPolicies = Lock(StoredPolicies())
  private let unprotectedCallCounter: UnprotectedCalls
  /// What components share that were refused.
  private let unprotected: EngineContext

  private struct State {
    var names: KnownNames
    var components: [ComponentName: Component] = [:]
    /// What the ledger remembers of components until they are first asked for.
    var remembered: [ComponentName: RememberedComponent] = [:]
    /// Whether the ledger says what has become durable.
    var isWatching = false
    /// What this engine has forgotten and the ledger has not said to be durable: what it says of such a component until
    /// then came before.
    var forgetting: [ComponentName: [LedgerID]] = [:]

    /// - Returns: whether this engine has done it.
    mutating func endForgetting(_ name: ComponentName, _ id: LedgerID) -> Bool {
      guard var ids = forgetting[name], let index = ids.firstIndex(of: id) else { return false }
      ids.remove(at: index)
      forgetting[name] = ids.isEmpty ? nil : ids
      return true
    }

    /// - Returns: whether the component was known.
    mutating func drop(_ name: ComponentName) -> Bool {
      components[name] = nil
      remembered[name] = nil
      return names.remove(name)
    }
  }
  // Entries that make or forget a component are recorded under the lock, so that they are recorded in that order.
  private let state: Lock<State>

  /// Starts an engine on a ledger and takes over what it remembers: for each component the breaker's state,
  /// remaining wait, counts, trips and overrides, and the health of the last five minutes.
  /// - Parameters:
  ///   - ledger: where everything is written down.
  ///   - policy: for components that are not given one of their own.
  ///   - classifiers: the user's own error classifiers, asked before the built-in rules.
  ///   - time: the clocks; must be those of the ledger. Virtual in tests.
  ///   - seed: of the jitter; the same seed gives the same waits. Default: random.
  ///   - componentLimit: ``componentLimit``. Default 10,000.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  public convenience init(
    ledger: any Ledger, policy: ComponentPolicy = .standard, classifiers: [any ErrorClassifier] = [],
    time: any TimeSource = SystemTimeSource(), seed: UInt64 = .random(in: 0 ... .max),
    componentLimit: Int = RecoveryEngine.standardComponentLimit
  ) async throws(LedgerError) {
    try await self.init(
      ledger: ledger, policy: policy, classifiers: classifiers, time: time, seed: seed,
      componentLimit: componentLimit, isObserver: false)
  }

  /// - Parameter isObserver: the process makes no calls by itself: the policies of those that do are in force for the health
  ///   of their components.
  package init(
    ledger: any Ledger, policy: ComponentPolicy = .standard, classifiers: [any ErrorClassifier] = [],
    time: any TimeSource = SystemTimeSource(), seed: UInt64 = .random(in: 0 ... .max),
    componentLimit: Int = RecoveryEngine.standardComponentLimit, isObserver: Bool
  ) async throws(LedgerError) {
    recordsDefaultPolicy = !isObserver
    self.ledger = ledger
    self.policies = EnginePolicies(policy)
    context = EngineContext(ledger: ledger, time: time, classifiers: classifiers, seed: seed)
    _ = policies.standard.text
    unprotectedCallCounter = UnprotectedCalls(of: ledger)
    unprotected = EngineContext(
      ledger: unprotectedCallCounter, time: time, classifiers: classifiers, seed: seed)
    state = Lock(State(names: KnownNames(limit: componentLimit)))
    context.engine = self
    // Watched before it is read, so that nothing falls between the two.
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
      let others = context?.takeOver(breakers) ?? []
      self?.remember(others)
    }
    try await readLedger()
    let policies = try await ledger.policies.latest()
    storedPolicies.withLock { $0.add(policies) }
  }

  private func readLedger() async throws(LedgerError) {
    let names = try await ledger.components.all().map(\.name)
    let breakers = try await ledger.breakers.all()
    let windows = Dictionary(
      grouping: try await ledger.samples.windows(
        since: HealthOptions.earliestBucket(at: context.time.wallClock()), component: nil), by: \.component)
    state.withLock { state in
      for name in names { state.names.insert(name) }
      for breaker in breakers where state.remembered[breaker.component] == nil {
        state.remembered[breaker.component] = RememberedComponent(breaker: breaker, windows: [])
      }
      for (name, windows) in windows where state.names.contains(name) {
        state.remembered[name] = RememberedComponent(
          breaker: state.remembered[name]?.breaker, windows: windows)
      }
    }
  }

  // MARK: Components

  /// How many components this engine and its ledger may have before a new one is refused; one that either knows already
  /// never is. A number below 1 refuses every new one.
  public var componentLimit: Int {
    get { state.withLock { $0.names.limit } }
    set { state.withLock { $0.names.limit = newValue } }
  }

  /// How many calls this engine has let through unprotected because their component was refused. Each is also counted
  /// in a `gap` row of kind `components_refused`.
  public var unprotectedCalls: Int64 { unprotectedCallCounter.count }

  /// The handle of a component, made at its first use with the engine's policy.
  ///
  /// A component that is new past ``componentLimit`` is not made. The handle returned for it runs each operation once,
  /// unprotected, and nothing is recorded but the number of such calls (``unprotectedCalls``). What a call itself brings,
  /// its fallbacks, its state and its compensations, works as always. The handle stays that way, so ask again for each
  /// call (``execute(_:on:fallbacks:request:_:)`` does), or use ``register(_:policy:)``.
  /// - Parameter name: of the component.
  public func component(_ name: ComponentName) -> Component { existing(name) ?? make(name, defaultPolicy) }

  /// The handle of a component with a policy of its own. A component that has the engine's policy so far, or a breaker that
  /// a client registered, gets this one; its state continues.
  /// - Parameters:
  ///   - name: of the component.
  ///   - policy: in force from now on, also for handles that exist.
  /// - Throws: ``PolicyConflictError`` when the component was given another policy: ``setPolicy(_:of:)`` replaces it. Policies
  ///   are compared as the ledger stores them (``ComponentPolicy/Document``), so what a strategy, fallback or judge does is
  ///   not compared. ``InvalidOption`` when an option of the policy would have no effect.
  public func component(_ name: ComponentName, policy: ComponentPolicy) throws -> Component {
    try policy.check()
    let wanted = SharedPolicy(policy, .explicit)
    while true {
      let found = existing(name)
      // Written before any lock is taken: it asks strategies for their names.
      if found?.sharedPolicy.source != .explicit { _ = wanted.text }
      let component = found ?? make(name, wanted)
      let present = component.sharedPolicy
      if present === wanted || !component.isProtected {
        // Known from now on, and not only once it counts something.
        component.noteBreaker()
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

  /// The handle of a component with a breaker that a client gave, and otherwise the engine's policy. A policy that was given in
  /// code stays as it is. Its state continues.
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

  /// The handle of a component as ``component(_:)`` returns it, for callers that must know when it is refused.
  /// - Throws: ``ComponentLimitError`` when the component is new and ``componentLimit`` is reached.
  @discardableResult
  public func register(_ name: ComponentName) throws(ComponentLimitError) -> Component {
    let component = component(name)
    guard component.isProtected else { throw ComponentLimitError(component: name, limit: componentLimit) }
    return component
  }

  /// The handle of a component as ``component(_:policy:)`` returns it, for callers that must know when it is refused.
  /// - Throws: ``ComponentLimitError`` when the component is new and ``componentLimit`` is reached,
  ///   ``PolicyConflictError`` when it was given another policy, ``InvalidOption`` when an option would have no effect.
  @discardableResult
  public func register(_ name: ComponentName, policy: ComponentPolicy) throws -> Component {
    let component = try component(name, policy: policy)
    guard component.isProtected else { throw ComponentLimitError(component: name, limit: componentLimit) }
    return component
  }

  /// Makes room for the names, for all of them or for none.
  /// - Throws: ``ComponentLimitError`` naming the first one that is refused.
  package func admit(_ names: some Sequence<ComponentName>) throws(ComponentLimitError) {
    let (refused, limit) = state.withLock { ($0.names.firstRefused(of: names), $0.names.limit) }
    if let refused { throw ComponentLimitError(component: refused, limit: limit) }
  }

  /// Makes a component that the program itself names, as for its own alerts and checks: these are few, and calls on
  /// them stay protected when names from elsewhere have reached the limit.
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
    return state.withLock { state in
      if let component = state.components[name] { return component }
      guard state.names.admit(name) else {
        return Component(unprotected: name, policy: policy.policy, context: unprotected)
      }
      // Somebody may still hold a handle of the component from before it was forgotten.
      let former = context.state(of: name)
      former?.change(to: policy, wall: wall, at: now) { _, _ in }
      let component = Component(name: name, policy: policy, context: context, state: former)
      let remembered = state.remembered.removeValue(forKey: name)
      defer {
        // The component's own policy without a breaker closes the circuit that an earlier process left. The default policy
        // does not: a policy with a breaker may follow, and takes over what is remembered.
        if policy.source == .explicit { component.closeRemembered() }
      }
      component.state.withLock { state in
        state.isForgotten = false
        if let breaker = remembered?.breaker { state.restore(breaker, wall: wall, monotonic: now) }
        if let windows = remembered?.windows { state.restore(windows, wall: wall) }
      }
      state.components[name] = component
      context.register(component)
      ledger.record(.component(name))
      record(policy, of: name, at: wall)
      return component
    }
  }

  /// Records that a component has a policy from now on.
  private func record(_ policy: SharedPolicy, of name: ComponentName, at wall: Timestamp) {
    if policy.source == .default && !recordsDefaultPolicy { return }
    ledger.record(
      .policy(PolicyChange(component: name, at: wall, text: policy.text, source: policy.source)))
  }

  /// Gives a component another policy, also for its existing handles. Its breaker with probes in progress, its counts, its
  /// health and its bulkhead permits continue; executions in progress keep the policy with which they began. A policy
  /// without a breaker closes the circuit. A component that is refused (``component(_:)``) has no policy.
  /// - Returns: the component.
  /// - Throws: ``InvalidOption`` when an option of the policy would have no effect.
  @discardableResult
  public func setPolicy(_ policy: ComponentPolicy, of name: ComponentName) throws(InvalidOption) -> Component
  {
    try policy.check()
    let shared = SharedPolicy(policy, .explicit)
    _ = shared.text
    return setPolicy(shared, of: name)
  }

  private func setPolicy(_ policy: SharedPolicy, of name: ComponentName) -> Component {
    while true {
      let component = existing(name) ?? make(name, policy)
      guard component.isProtected, component.sharedPolicy !== policy else { return component }
      // Forgotten meanwhile: once more.
      if setPolicy(policy, of: component, insteadOf: nil) { return component }
    }
  }

  /// - Parameter former: the policy that is replaced; `nil`: any.
  /// - Returns: whether it was replaced: not when the component has another one by now, or was forgotten.
  private func setPolicy(_ policy: SharedPolicy, of component: Component, insteadOf former: SharedPolicy?)
    -> Bool
  {
    let wall = context.time.wallClock()
    let entries = state.withLock { state -> [LedgerEntry]? in
      guard state.components[component.name] === component, former == nil || component.sharedPolicy === former
      else { return nil }
      let present = component.sharedPolicy
      let entries = component.changePolicy(to: policy)
      if present.source != policy.source || present.text.hash != policy.text.hash {
        record(policy, of: component.name, at: wall)
      }
      return entries
    }
    guard let entries else { return false }
    component.publish(entries)
    component.noteBreaker()
    return true
  }

  /// The components made so far, by name.
  public var components: [Component] {
    state.withLock { Array($0.components.values) }.sorted { $0.name < $1.name }
  }

  // MARK: Policies of other processes

  /// How a component's calls are judged: by the policy of this process, or by that of the processes that call it where this
  /// one only observes.
  func healthOptions(of name: ComponentName) -> HealthOptions {
    if let own = existing(name)?.sharedPolicy, own.source == .explicit || recordsDefaultPolicy {
      return own.policy.health
    }
    return storedPolicies.withLock { $0.healthOptions(of: name) } ?? defaultPolicy.policy.health
  }

  /// The breaker that a client registered for a component, also before this process started.
  package func registeredBreaker(of name: ComponentName) -> CircuitBreakerOptions? {
    storedPolicies.withLock { $0.registeredBreaker(of: name) }
  }

  /// Reads the policies that have become durable since the last call.
  func refreshPolicies() async throws(LedgerError) {
    let last = storedPolicies.withLock { $0.lastID }
    let new = try await ledger.policies.changes(after: last)
    storedPolicies.withLock { $0.add(new) }
  }

  /// The window of a component as this process sees it; empty when it has none.
  func windowSummary(of name: ComponentName) -> HealthWindow.Summary {
    existing(name)?.windowSummary() ?? HealthWindow.Summary()
  }

  /// The breaker of a component as this process has it, or as it last read it from the ledger; `nil` when it has none.
  func breakerSnapshot(of name: ComponentName) -> BreakerSnapshot? {
    guard let component = existing(name) else { return state.withLock { $0.remembered[name]?.breaker } }
    return component.breakerSnapshot() ?? component.state.withLock { $0.remembered }
  }

  // MARK: Forgetting

  /// Forgets a component: its circuit, its health window and its policy are gone here at once, and in every process on
  /// the ledger within about 100 ms. It counts no longer towards ``componentLimit`` and is no longer among the ledger's
  /// components. Rows of history and all totals stay. A later call under the name, also by a handle from before, makes
  /// the component anew; such a handle keeps its policy.
  /// - Parameters:
  ///   - name: of the component.
  ///   - actor: who does it, for the ledger.
  /// - Returns: whether this engine knew it.
  @discardableResult
  public func forget(_ name: ComponentName, actor: String? = nil) -> Bool {
    let at = context.time.wallClock()
    let id = ledger.makeID()
    let wasKnown = state.withLock { state in
      context.forgetState(of: name)
      ledger.record(.forgotten(name, id: id, at: at, actor: actor))
      let wasKnown = state.drop(name)
      // The ledger has nothing to say of what it does not know.
      if wasKnown && state.isWatching { state.forgetting[name, default: []].append(id) }
      return wasKnown
    }
    context.tellMonitors(forgotten: name, isOwn: true)
    return wasKnown
  }

  /// Takes over what has become durable, most of all what other processes have done.
  private func apply(_ change: ComponentChange) {
    let forgotten = state.withLock { state -> ComponentName? in
      switch change {
      case .known(let name):
        guard state.forgetting[name] == nil else { return nil }
        state.names.insert(name)
        if let revived = context.state(of: name), revived.revive() {
          record(revived.policy, of: name, at: context.time.wallClock())
        }
        return nil
      case .forgotten(let name, let id):
        if state.endForgetting(name, id) || state.forgetting[name] != nil { return nil }
        context.forgetState(of: name)
        _ = state.drop(name)
        return name
      }
    }
    if let forgotten { context.tellMonitors(forgotten: forgotten, isOwn: false) }
  }

  /// Makes a component anew that was forgotten and that somebody calls by a handle from before. It is not refused: such
  /// handles are no more than there were components.
  func readmit(_ component: Component) {
    state.withLock { state in
      guard component.state.revive() else { return }
      state.names.insert(component.name)
      if state.components[component.name] == nil { state.components[component.name] = component }
      ledger.record(.component(component.name))
      record(component.sharedPolicy, of: component.name, at: context.time.wallClock())
    }
  }

  /// Keeps the news of components until they are first asked for.
  private func remember(_ breakers: [BreakerSnapshot]) {
    for breaker in breakers {
      let made = state.withLock { state in
        let made = state.components[breaker.component]
        // One that has been forgotten since is no longer of interest.
        if made == nil && state.names.contains(breaker.component) {
          state.remembered[breaker.component] = RememberedComponent(
            breaker: breaker, windows: state.remembered[breaker.component]?.windows ?? [])
        }
        return made
      }
      if let made { context.adopt(breaker, into: made.state) }
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

  /// What happens from now on. Each caller gets a sequence of its own; one that is not read fast enough loses
  /// the oldest of more than 1,024 waiting events.
  public func events() -> AsyncStream<RecoveryEvent> { context.events.listen() }

  // MARK: Read from the ledger

  /// Recoveries of a range in all, by action and by component, of every process that wrote to the ledger.
  public func statistics(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> RecoveryStatistics
  {
    await ledger.settleForReading()
    return try await ledger.recoveries.statistics(range, component: component)
  }

  /// The last recoveries, newest last.
  public func recentRecoveries(_ count: Int = 10, component: ComponentName? = nil)
    async throws(LedgerError) -> [RecoveryRecord]
  {
    await ledger.settleForReading()
    return try await ledger.recoveries.recent(.all, component: component, limit: count)
  }

  /// The breakers of every component, by name.
  public func breakers() async throws(LedgerError) -> [BreakerSnapshot] {
    await ledger.settleForReading()
    return try await ledger.breakers.all()
  }
}
