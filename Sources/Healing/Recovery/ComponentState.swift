/// All that a component keeps between calls, as a pure state. ``Component`` keeps it under its lock.
@usableFromInline
struct ComponentState: Sendable {
  @usableFromInline
  enum Admission: Sendable {
    case admitted(CircuitBreaker.Permit)
    case probing(CircuitBreaker.Permit, CircuitTransition)
    case circuitOpen(CircuitBreaker.Rejection)
    case bulkheadFull(limit: Int)
    /// The component has been forgotten: it has to be made known again first.
    case forgotten
  }

  var breaker: CircuitBreaker?
  var window: HealthWindow
  var budget: RetryBudget?
  var rejections = RejectionLog()
  var lastFailureAt: Timestamp?
  /// What the ledger remembers of a breaker that the policy does not have.
  var remembered: BreakerSnapshot? { rememberedBreaker.value }
  private var rememberedBreaker = Rare<BreakerSnapshot>.none
  /// Set from when the component is forgotten until the next call.
  var isForgotten = false
  /// Who forces the breaker, and why; the breaker itself knows only what and until when.
  private var override: CircuitOverride?
  /// ``BreakerSnapshot/stateVersion`` and ``BreakerSnapshot/overrideVersion`` of what stands here.
  private(set) var stateVersion: Int64 = 0
  private(set) var overrideVersion: Int64 = 0
  private var callsUnderWay = 0
  private var maxConcurrentCalls: Int?
  /// Number of the present bulkhead: calls from before it have no place in it.
  private var bulkhead: UInt32 = 1
  /// The highest generation of a permit that may come back from a breaker that the policy has no more.
  private var lastGeneration: UInt64 = 1
  private var revision: UInt64 = 0

  init(policy: ComponentPolicy, at now: Int64) {
    breaker = policy.breaker.map(CircuitBreaker.init(options:))
    window = HealthWindow(length: policy.health.window.nanoseconds, at: now)
    budget = policy.retryBudget.map { RetryBudget($0) }
    maxConcurrentCalls = policy.bulkhead?.maxConcurrentCalls
  }

  /// Goes on under another policy with all that has been counted, or that the ledger remembers. A policy without a
  /// breaker closes the circuit, lifts what an operator forces and forgets the counts.
  /// - Parameter noteReset: records that, when there was something to it, while the breaker is still there.
  mutating func change(
    to policy: ComponentPolicy, wall: Timestamp, at now: Int64,
    noteReset: (inout ComponentState, CircuitTransition?) -> Void
  ) {
    if let options = policy.breaker {
      breaker?.change(options)
      if breaker == nil {
        breaker = CircuitBreaker(options: options, generation: lastGeneration + 1)
        if let remembered { restore(remembered, wall: wall, monotonic: now) }
        rememberedBreaker = .none
      }
    } else {
      if !isBreakerAtRest {
        let transition = resetBreaker(at: now)
        noteReset(&self, transition)
      }
      lastGeneration = breaker?.generation ?? lastGeneration
      breaker = nil
    }
    window.change(length: policy.health.window.nanoseconds, at: now)
    budget = policy.retryBudget.map { RetryBudget($0, saved: budget?.saved) }
    if maxConcurrentCalls == nil && policy.bulkhead != nil {
      bulkhead = bulkhead == .max ? 1 : bulkhead + 1
      callsUnderWay = 0
    }
    maxConcurrentCalls = policy.bulkhead?.maxConcurrentCalls
  }

  /// The generation of the permits that calls may take without asking, and of those whose success changes nothing but
  /// the counts of health; 0 for none, and 1 without a breaker. Mutating for the same reason as the breaker's.
  mutating func passingGenerations() -> (free: UInt64, quiet: UInt64) {
    guard maxConcurrentCalls == nil && !isForgotten else { return (0, 0) }
    let (free, quiet) = breaker?.passingGenerations() ?? (1, 1)
    return (free, budget == nil ? quiet : 0)
  }

  mutating func admit(at now: Int64) -> Admission {
    if isForgotten { return .forgotten }
    if let maxConcurrentCalls, callsUnderWay >= maxConcurrentCalls {
      window.addRejection(.bulkhead, at: now)
      return .bulkheadFull(limit: maxConcurrentCalls)
    }
    var permit: CircuitBreaker.Permit
    var probing: CircuitTransition?
    switch breaker?.admit(at: now) {
    case .admitted(let given): permit = given
    case .probing(let given, let transition): (permit, probing) = (given, transition)
    case .rejected(let rejection):
      window.addRejection(.circuit, at: now)
      return .circuitOpen(rejection)
    case nil: permit = CircuitBreaker.Permit(generation: 1, probe: 0)
    }
    if maxConcurrentCalls != nil {
      callsUnderWay += 1
      permit.bulkhead = bulkhead
    }
    return probing.map { .probing(permit, $0) } ?? .admitted(permit)
  }

  /// Hands back a permit. Every admitted call comes here exactly once.
  /// - Parameters:
  ///   - outcome: how the attempt ended; `nil`: it is not counted.
  ///   - earns: whether the attempt was the first of its execution: retries would pay for retries.
  mutating func complete(
    _ permit: CircuitBreaker.Permit, _ outcome: CallOutcome?, trips: Bool = true, earns: Bool,
    duration: Int64,
    errorID: LedgerID? = nil, at now: Int64
  ) -> CircuitBreaker.Completion {
    if permit.bulkhead == bulkhead { callsUnderWay -= 1 }
    return settle(permit, outcome, trips: trips, earns: earns, duration: duration, errorID: errorID, at: now)
  }

  /// A result from before the circuit moved changes the window, but not the circuit.
  private mutating func settle(
    _ permit: CircuitBreaker.Permit, _ outcome: CallOutcome?, trips: Bool = true, earns: Bool,
    duration: Int64,
    errorID: LedgerID? = nil, at now: Int64
  ) -> CircuitBreaker.Completion {
    if earns { budget?.earn() }
    let verdict: CircuitBreaker.Verdict =
      switch outcome {
      case .success: .success
      case .failure where trips: .failure
      default: .neutral
      }
    switch outcome {
    case .success: window.add(failed: false, duration: duration, at: now)
    case .failure: window.add(failed: true, duration: duration, at: now)
    case .rejected: window.addRejection(.inner, at: now)
    case .cancelled?, .callerError?: window.addNeutral(outcome, at: now)
    case nil: break
    }
    return breaker?.complete(permit, verdict, duration: duration, errorID: errorID, at: now) ?? .unchanged
  }

  /// Hands back the permit of a call that ended with an error.
  /// - Parameter trips: whether the breaker counts a failure.
  mutating func fail(
    _ permit: CircuitBreaker.Permit, _ outcome: CallOutcome, trips: Bool, earns: Bool, duration: Int64,
    error: ErrorContext, at now: Int64
  ) -> CircuitBreaker.Completion {
    let completion = complete(
      permit, outcome, trips: trips, earns: earns, duration: duration, errorID: error.id, at: now)
    if error.severity == .critical { window.addCriticalError(at: now) }
    if case .stale = completion { return completion }
    if outcome == .failure && trips { lastFailureAt = error.at }
    return completion
  }

  /// Counts a call that somebody else has made: it takes no place among those under way, and while the circuit keeps
  /// calls away it counts for health only.
  /// - Parameter noteProbing: records that the breaker probes now, before the result is counted.
  mutating func count(
    failed: Bool, duration: Int64, error: ErrorContext?, wall: Timestamp, at now: Int64,
    noteProbing: (inout ComponentState, CircuitTransition) -> Void
  ) -> CircuitBreaker.Completion {
    defer { if error?.severity == .critical { window.addCriticalError(at: now) } }
    let permit: CircuitBreaker.Permit
    switch breaker?.admit(at: now) {
    case .admitted(let given):
      permit = given
    case .probing(let given, let transition):
      permit = given
      noteProbing(&self, transition)
    case .rejected:
      window.add(failed: failed, duration: duration, at: now)
      return .unchanged
    case nil:
      permit = CircuitBreaker.Permit(generation: 1, probe: 0)
    }
    if failed { lastFailureAt = error?.at ?? wall }
    return settle(
      permit, failed ? .failure : .success, earns: true, duration: duration, errorID: error?.id, at: now)
  }

  /// Whether calls would be rejected now. Changes nothing.
  func isCircuitOpen(at now: Int64) -> Bool {
    guard let breaker else { return false }
    if let override = breaker.override, now < override.expires { return override.kind == .forcedOpen }
    return breaker.state == .open && now < breaker.openUntil
  }

  /// The breaker as the ledger remembers it; `nil` without a breaker.
  mutating func snapshot(of component: ComponentName, wall: Timestamp, monotonic: Int64) -> BreakerSnapshot? {
    breaker?.countWindow(at: monotonic)
    guard let breaker else { return nil }
    // From the clock, so that it goes on rising when a second engine of the process takes over the component.
    revision = max(revision + 1, UInt64(clamping: monotonic))
    var snapshot = BreakerSnapshot(component: component, updatedAt: wall)
    snapshot.revision = revision
    snapshot.state = breaker.state
    snapshot.failureCount = breaker.failureCount
    snapshot.successCount = breaker.successCount
    snapshot.windowCalls = breaker.windowCounts.calls
    snapshot.windowFailures = breaker.windowCounts.failures
    snapshot.windowSlowCalls = breaker.windowCounts.slow
    snapshot.consecutiveTrips = breaker.consecutiveTrips
    snapshot.probeRounds = breaker.probeRounds
    snapshot.trippedAt = breaker.trippedAt.map { wall + .nanoseconds($0 - monotonic) }
    snapshot.tripErrorID = breaker.tripErrorID
    snapshot.lastFailureAt = lastFailureAt
    if breaker.state == .open {
      snapshot.openUntil = wall + .nanoseconds(breaker.openUntil - monotonic)
      snapshot.openFor = .nanoseconds(breaker.openFor)
    }
    if breaker.override != nil { snapshot.override = override }
    snapshot.stateVersion = stateVersion
    snapshot.overrideVersion = overrideVersion
    return snapshot
  }

  /// Notes the id of the row that says what has just become of the circuit.
  mutating func stateMoved(by id: LedgerID) { stateVersion = max(stateVersion.addingClamped(1), id.rawValue) }

  /// Notes the id of the row that says what an operator has just forced or lifted.
  mutating func overrideMoved(by id: LedgerID) {
    overrideVersion = max(overrideVersion.addingClamped(1), id.rawValue)
  }

  /// Closes the circuit, forgets its counts and lifts what an operator forces.
  /// - Returns: `nil` when the circuit was closed already.
  mutating func resetBreaker(at now: Int64) -> CircuitTransition? {
    override = nil
    return breaker?.reset(at: now)
  }

  /// Forces the circuit open or closed, or lifts that.
  mutating func force(_ override: CircuitOverride?, wall: Timestamp, at now: Int64) {
    guard breaker != nil else { return }
    self.override = override
    self.override?.holdsFor = override?.expiresAt.map { max(.zero, $0 - wall) }
    applyOverride(wall: wall, at: now)
  }

  private mutating func applyOverride(wall: Timestamp, at now: Int64) {
    let left = override?.remaining(at: wall)
    breaker?.force(
      left == .zero ? nil : override?.kind, until: left.map { now.addingClamped($0.nanoseconds) } ?? .max)
  }

  /// Gives a policy without a breaker the remembered one, to be reset.
  mutating func beginReset(of remembered: BreakerSnapshot, wall: Timestamp, at now: Int64) {
    breaker = CircuitBreaker(options: .standard, generation: lastGeneration + 1)
    restore(remembered, wall: wall, monotonic: now)
  }

  /// Takes it away again.
  mutating func endReset() {
    lastGeneration = breaker?.generation ?? lastGeneration
    breaker = nil
    rememberedBreaker = .none
  }

  /// Whether the circuit is closed, nobody forces it, and nothing counts towards its threshold.
  private var isBreakerAtRest: Bool {
    guard let breaker else { return true }
    return breaker.isPlainlyClosed && breaker.failureCount == 0 && breaker.windowCounts.calls == 0
  }

  /// Takes over what the ledger remembers, as far as it is not older than what stands here.
  mutating func restore(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic: Int64) {
    guard breaker != nil else { return remember(snapshot) }
    if snapshot.stateVersion >= stateVersion { restoreState(snapshot, wall: wall, monotonic: monotonic) }
    if snapshot.overrideVersion >= overrideVersion && snapshot.override != nil {
      restoreOverride(of: snapshot, wall: wall, monotonic: monotonic)
      // A circuit that has not moved since the time was over has let no call through: the next one is a probe.
      if let override, override.kind == .forcedOpen, override.remaining(at: wall) == .zero,
        let end = override.expiresAt, LedgerID(rawValue: snapshot.stateVersion).time < end
      {
        breaker?.force(.forcedOpen, until: monotonic)
      }
    }
    overrideVersion = max(overrideVersion, snapshot.overrideVersion)
  }

  mutating func restoreState(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic: Int64) {
    stateVersion = snapshot.stateVersion
    lastFailureAt = snapshot.lastFailureAt
    let age = snapshot.trippedAt.map { max(.zero, wall - $0) } ?? .zero
    breaker?.restore(
      state: snapshot.state, failureCount: snapshot.failureCount,
      consecutiveTrips: snapshot.consecutiveTrips, probeRounds: snapshot.probeRounds,
      remaining: snapshot.remainingWait(at: wall).nanoseconds,
      openFor: snapshot.openFor?.nanoseconds ?? 0,
      trippedAt: snapshot.trippedAt == nil ? nil : monotonic - min(age.nanoseconds, .max / 4),
      tripErrorID: snapshot.tripErrorID,
      counts: CallWindow.Counts(
        calls: snapshot.windowCalls, failures: snapshot.windowFailures, slow: snapshot.windowSlowCalls),
      age: snapshot.updatedAt.isAhead(of: wall) ? .max : max(0, (wall - snapshot.updatedAt).nanoseconds),
      at: monotonic)
  }

  /// Forgets circuit, override, counts and health. Calls under way give their places back; their results are stale
  /// where there is a breaker.
  mutating func forget(at now: Int64) {
    isForgotten = true
    lastGeneration = (breaker?.generation ?? lastGeneration) + 1
    breaker = breaker.map { CircuitBreaker(options: $0.options, generation: lastGeneration) }
    rememberedBreaker = .none
    override = nil
    (stateVersion, overrideVersion) = (0, 0)
    lastFailureAt = nil
    window.clear(at: now)
    budget?.refill()
  }

  mutating func restoreOverride(of snapshot: BreakerSnapshot, wall: Timestamp, monotonic: Int64) {
    (override, overrideVersion) = (snapshot.override, snapshot.overrideVersion)
    applyOverride(wall: wall, at: monotonic)
  }

  mutating func remember(_ snapshot: BreakerSnapshot) {
    var merged = remembered ?? snapshot
    merged.merge(snapshot)
    rememberedBreaker = .some(merged)
  }

  mutating func restore(_ buckets: [HealthWindowBucket], wall: Timestamp) {
    for bucket in buckets where !bucket.start.isAhead(of: wall) {
      window.restore(bucket.summary, age: (wall - bucket.start).nanoseconds)
    }
  }
}
