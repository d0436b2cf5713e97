/// The state of a component between calls, as a pure value. ``Component`` keeps it under its lock.
@usableFromInline
struct ComponentState: Sendable {
  @usableFromInline
  enum Admission: Sendable {
    case admitted(CircuitBreaker.Permit)
    case probing(CircuitBreaker.Permit, CircuitTransition)
    case circuitOpen(CircuitBreaker.Rejection)
    case bulkheadFull(limit: Int)
    /// The component was forgotten; it must be made known again first.
    case forgotten
  }

  var breaker: CircuitBreaker?
  var window: HealthWindow
  var budget: RetryBudget?
  var rejections = RejectionLog()
  var lastFailureAt: Timestamp?
  /// The ledger's breaker while the policy has no breaker.
  var pendingBreaker: BreakerSnapshot? { pendingBreakerBox.value }
  private var pendingBreakerBox = Rare<BreakerSnapshot>.none
  /// Whether the component was forgotten and not called since.
  var isForgotten = false
  /// The override with actor and reason; the breaker itself has only its kind and its expiry.
  private var override: CircuitOverride?
  /// ``BreakerSnapshot/stateVersion`` and ``BreakerSnapshot/overrideVersion`` of this state.
  private(set) var stateVersion: Int64 = 0
  private(set) var overrideVersion: Int64 = 0
  private var inFlight = 0
  /// Number of the current bulkhead. Permits of an earlier bulkhead do not count in it.
  private var bulkhead: UInt32 = 1
  private var maxConcurrentCalls: Int?
  /// Highest generation of the permits of a breaker that was removed; a new breaker begins above it.
  private var lastGeneration: UInt64 = 1
  private var revision: UInt64 = 0

  init(policy: ComponentPolicy, at now: Int64) {
    breaker = policy.breaker.map(CircuitBreaker.init(options:))
    window = HealthWindow(length: policy.health.window.nanoseconds, at: now)
    budget = policy.retryBudget.map { RetryBudget($0) }
    maxConcurrentCalls = policy.bulkhead?.maxConcurrentCalls
  }

  /// Applies another policy and keeps what was counted, or what the ledger has. A policy without a
  /// breaker closes the circuit, lifts the override and clears the counts.
  /// - Parameter recordReset: records the reset while the breaker still exists; not called when there was nothing
  ///   to reset.
  mutating func change(
    to policy: ComponentPolicy, wall: Timestamp, at now: Int64,
    recordReset: (inout ComponentState, CircuitTransition?) -> Void
  ) {
    if let options = policy.breaker {
      breaker?.change(options)
      if breaker == nil {
        breaker = CircuitBreaker(options: options, generation: lastGeneration + 1)
        if let pendingBreaker { restore(pendingBreaker, wall: wall, monotonic: now) }
        pendingBreakerBox = .none
      }
    } else {
      if !isBreakerAtRest {
        let transition = resetBreaker(at: now)
        recordReset(&self, transition)
      }
      lastGeneration = breaker?.generation ?? lastGeneration
      breaker = nil
    }
    window.change(length: policy.health.window.nanoseconds, at: now)
    budget = policy.retryBudget.map { RetryBudget($0, saved: budget?.saved) }
    if maxConcurrentCalls == nil && policy.bulkhead != nil {
      bulkhead = bulkhead == .max ? 1 : bulkhead + 1
      inFlight = 0
    }
    maxConcurrentCalls = policy.bulkhead?.maxConcurrentCalls
  }

  /// Generations the lock-free path may use: one to issue permits, one to complete successes that change only
  /// health counts. 0 disables the path; without a breaker the generation is 1. Mutating for the same reason as
  /// the breaker's method.
  mutating func fastPathGenerations() -> (free: UInt64, quiet: UInt64) {
    guard maxConcurrentCalls == nil && !isForgotten else { return (0, 0) }
    let (free, quiet) = breaker?.fastPathGenerations() ?? (1, 1)
    return (free, budget == nil ? quiet : 0)
  }

  mutating func admit(at now: Int64) -> Admission {
    if isForgotten { return .forgotten }
    if let maxConcurrentCalls, inFlight >= maxConcurrentCalls {
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
      inFlight += 1
      permit.bulkhead = bulkhead
    }
    return probing.map { .probing(permit, $0) } ?? .admitted(permit)
  }

  /// Releases a permit. Called exactly once for every admitted call.
  /// - Parameters:
  ///   - outcome: how the attempt ended; `nil` when it is not counted.
  ///   - earns: whether the attempt earns towards the retry budget. Only first attempts do, or retries would
  ///     pay for retries.
  mutating func complete(
    _ permit: CircuitBreaker.Permit, _ outcome: CallOutcome?, trips: Bool = true, earns: Bool,
    duration: Int64,
    errorID: LedgerID? = nil, at now: Int64
  ) -> CircuitBreaker.Completion {
    if permit.bulkhead == bulkhead { inFlight -= 1 }
    return settle(permit, outcome, trips: trips, earns: earns, duration: duration, errorID: errorID, at: now)
  }

  /// Counts a result. A stale result, from before the circuit's last change, counts in the window but not for
  /// the circuit.
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

  /// Releases the permit of a call that ended with an error.
  /// - Parameter trips: whether the breaker counts the failure.
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

  /// Counts a call that was made elsewhere. It takes no bulkhead permit, and while the circuit rejects calls it
  /// counts for health only.
  /// - Parameter recordProbing: records the transition to half-open, before the result is counted.
  mutating func count(
    failed: Bool, duration: Int64, error: ErrorContext?, wall: Timestamp, at now: Int64,
    recordProbing: (inout ComponentState, CircuitTransition) -> Void
  ) -> CircuitBreaker.Completion {
    defer { if error?.severity == .critical { window.addCriticalError(at: now) } }
    let permit: CircuitBreaker.Permit
    switch breaker?.admit(at: now) {
    case .admitted(let given):
      permit = given
    case .probing(let given, let transition):
      permit = given
      recordProbing(&self, transition)
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

  /// Whether calls would be rejected now. Does not change the state.
  func isCircuitOpen(at now: Int64) -> Bool {
    guard let breaker else { return false }
    if let override = breaker.override, now < override.expires { return override.kind == .forcedOpen }
    return breaker.state == .open && now < breaker.openUntil
  }

  /// Returns the breaker's snapshot for the ledger; `nil` without a breaker.
  mutating func snapshot(of component: ComponentName, wall: Timestamp, monotonic: Int64) -> BreakerSnapshot? {
    breaker?.countWindow(at: monotonic)
    guard let breaker else { return nil }
    // Derived from the clock, so that it keeps rising when a second engine of the process uses the component.
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
      snapshot.openFor = .nanoseconds(breaker.openNanoseconds)
    }
    if breaker.override != nil { snapshot.override = override }
    snapshot.stateVersion = stateVersion
    snapshot.overrideVersion = overrideVersion
    return snapshot
  }

  /// Sets the state's version to the id of the row that records its change.
  mutating func stateMoved(by id: LedgerID) { stateVersion = max(stateVersion.addingClamped(1), id.rawValue) }

  /// Sets the override's version to the id of the row that records its change.
  mutating func overrideMoved(by id: LedgerID) {
    overrideVersion = max(overrideVersion.addingClamped(1), id.rawValue)
  }

  /// Closes the circuit, clears its counts and lifts the override.
  /// - Returns: `nil` when the circuit was already closed.
  mutating func resetBreaker(at now: Int64) -> CircuitTransition? {
    override = nil
    return breaker?.reset(at: now)
  }

  /// Sets an override, or lifts it when `override` is `nil`.
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

  /// Gives a policy without a breaker the pending breaker, so that it can be reset.
  mutating func beginReset(of pendingBreaker: BreakerSnapshot, wall: Timestamp, at now: Int64) {
    breaker = CircuitBreaker(options: .standard, generation: lastGeneration + 1)
    restore(pendingBreaker, wall: wall, monotonic: now)
  }

  /// Removes the breaker of ``beginReset(of:wall:at:)``.
  mutating func endReset() {
    lastGeneration = breaker?.generation ?? lastGeneration
    breaker = nil
    pendingBreakerBox = .none
  }

  /// Whether the circuit is closed, has no override, and has no counts towards its threshold. `true` without a
  /// breaker.
  private var isBreakerAtRest: Bool {
    guard let breaker else { return true }
    return breaker.isClosedWithoutOverride && breaker.failureCount == 0 && breaker.windowCounts.calls == 0
  }

  /// Restores state and override from the ledger, each unless it is older than the present one.
  mutating func restore(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic: Int64) {
    guard breaker != nil else { return cachePending(snapshot) }
    if snapshot.stateVersion >= stateVersion { restoreState(snapshot, wall: wall, monotonic: monotonic) }
    if snapshot.overrideVersion >= overrideVersion && snapshot.override != nil {
      restoreOverride(of: snapshot, wall: wall, monotonic: monotonic)
      // The circuit has not changed since the override expired, so no call has tested the dependency: the next
      // call is a probe.
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
      openNanoseconds: snapshot.openFor?.nanoseconds ?? 0,
      trippedAt: snapshot.trippedAt == nil ? nil : monotonic - min(age.nanoseconds, .max / 4),
      tripErrorID: snapshot.tripErrorID,
      counts: CallWindow.Counts(
        calls: snapshot.windowCalls, failures: snapshot.windowFailures, slow: snapshot.windowSlowCalls),
      age: snapshot.updatedAt.isAhead(of: wall) ? .max : max(0, (wall - snapshot.updatedAt).nanoseconds),
      at: monotonic)
  }

  /// Clears circuit, override, counts and health. Calls in progress release their bulkhead permits; with a
  /// breaker their results are stale.
  mutating func forget(at now: Int64) {
    isForgotten = true
    lastGeneration = (breaker?.generation ?? lastGeneration) + 1
    breaker = breaker.map { CircuitBreaker(options: $0.options, generation: lastGeneration) }
    pendingBreakerBox = .none
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

  mutating func cachePending(_ snapshot: BreakerSnapshot) {
    var merged = pendingBreaker ?? snapshot
    merged.merge(snapshot)
    pendingBreakerBox = .some(merged)
  }

  mutating func restore(_ buckets: [HealthWindowBucket], wall: Timestamp) {
    for bucket in buckets where !bucket.start.isAhead(of: wall) {
      window.restore(bucket.summary, age: (wall - bucket.start).nanoseconds)
    }
  }
}
