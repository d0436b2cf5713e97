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
  /// Where everything is written down.
  public let ledger: any Ledger
  let context: EngineContext
  private let defaultPolicy: ComponentPolicy

  private struct State {
    /// By ``ComponentName/index``.
    var components: [Component?] = []
    /// What the ledger remembered at the start, until the component is first asked for.
    var breakers: [ComponentName: BreakerSnapshot] = [:]
    var windows: [ComponentName: [HealthWindowBucket]] = [:]

    func component(_ name: ComponentName) -> Component? {
      let index = Int(name.index)
      return index < components.count ? components[index] : nil
    }
  }
  private let state: Lock<State>

  /// Starts an engine on a ledger and takes over what it remembers: for each component the breaker's state,
  /// remaining wait, counts, trips and overrides, and the health of the last five minutes.
  /// - Parameters:
  ///   - ledger: where everything is written down.
  ///   - policy: for components that are not given one of their own.
  ///   - classifiers: the user's own error classifiers, asked before the built-in rules.
  ///   - time: the clocks; must be those of the ledger. Virtual in tests.
  ///   - seed: of the jitter; the same seed gives the same waits. Default: random.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  public init(
    ledger: any Ledger, policy: ComponentPolicy = .standard, classifiers: [any ErrorClassifier] = [],
    time: any TimeSource = SystemTimeSource(), seed: UInt64 = .random(in: 0 ... .max)
  ) async throws(LedgerError) {
    self.ledger = ledger
    self.defaultPolicy = policy
    context = EngineContext(ledger: ledger, time: time, classifiers: classifiers, seed: seed)
    state = Lock(State())
    // Watched before it is read, so that nothing falls between the two.
    try ledger.watchBreakers { [weak self, weak context] breakers in
      let others = context?.takeOver(breakers) ?? []
      self?.remember(others)
    }
    let breakers = try await ledger.breakers.all()
    let windows = try await ledger.samples.windows(component: nil)
    state.withLock { state in
      for breaker in breakers where state.breakers[breaker.component] == nil {
        state.breakers[breaker.component] = breaker
      }
      state.windows = Dictionary(grouping: windows, by: \.component)
    }
  }

  /// Keeps the news of components until they are first asked for.
  private func remember(_ breakers: [BreakerSnapshot]) {
    for breaker in breakers {
      let made = state.withLock { state in
        let made = state.component(breaker.component)
        if made == nil { state.breakers[breaker.component] = breaker }
        return made
      }
      if let made { context.adopt(breaker, into: made.state) }
    }
  }

  /// The handle of a component, made at the first asking.
  /// - Parameters:
  ///   - name: of the component.
  ///   - policy: taken when the component is made; `nil`: the engine's.
  public func component(_ name: ComponentName, policy: ComponentPolicy? = nil) -> Component {
    if let component = existing(name) { return component }
    return make(name, policy: policy ?? defaultPolicy)
  }

  private func existing(_ name: ComponentName) -> Component? {
    state.withLock { $0.component(name) }
  }

  private func make(_ name: ComponentName, policy: ComponentPolicy) -> Component {
    let wall = context.time.wallClock()
    let monotonic = context.time.monotonicNanoseconds()
    let (component, isNew) = state.withLock { state in
      let index = Int(name.index)
      while state.components.count <= index { state.components.append(nil) }
      if let component = state.components[index] { return (component, false) }
      let component = Component(name: name, policy: policy, context: context)
      let breaker = state.breakers.removeValue(forKey: name)
      let window = state.windows.removeValue(forKey: name)
      component.state.withLock { state in
        if let breaker { state.restore(breaker, wall: wall, monotonic: monotonic) }
        if let window { state.restore(window, wall: wall) }
      }
      state.components[index] = component
      context.register(component)
      return (component, true)
    }
    if isNew { context.note(.component(name)) }
    return component
  }

  /// Gives a component another policy. Its breaker with probes under way, its counts, its health and its places in
  /// the bulkhead go on, and are those of handles from before, too; retries, limits of time, fallbacks and strategies
  /// of such a handle stay as they were: get the component anew. A policy without a breaker closes the circuit.
  /// - Returns: the component with its new policy.
  @discardableResult
  public func setPolicy(_ policy: ComponentPolicy, of name: ComponentName) -> Component {
    let former = component(name, policy: policy)
    let component = Component(name: name, policy: policy, context: context, state: former.state)
    // State and handle change together, or of two changes at once one would win the one, one the other.
    let wall = context.time.wallClock()
    let now = context.time.monotonicNanoseconds()
    let reset = state.withLock { state in
      state.components[Int(name.index)] = component
      return component.state.change(to: policy, of: name, wall: wall, at: now)
    }
    if let reset { component.noteLoss(reset) }
    component.noteBreaker()
    return component
  }

  /// The components made so far, by name.
  public var components: [Component] {
    state.withLock { $0.components.compactMap(\.self) }.sorted { $0.name < $1.name }
  }

  /// How a component's calls are judged, be it one of this process or only known to the ledger.
  func healthOptions(of name: ComponentName) -> HealthOptions {
    (existing(name)?.policy ?? defaultPolicy).health
  }

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
