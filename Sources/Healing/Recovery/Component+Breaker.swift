import Synchronization

extension Component {
  /// Whether the circuit rejects calls now.
  public var isCircuitOpen: Bool {
    let now = context.time.monotonicNanoseconds()
    return state.withLock { $0.isCircuitOpen(at: now) }
  }

  /// The breaker as it stands in this process; `nil` when the policy has none.
  public func breakerSnapshot() -> BreakerSnapshot? { state.withLock { snapshot(of: &$0) } }

  /// Whether the ledger remembers a breaker that the policy does not have.
  package var remembersBreaker: Bool { state.withLock { $0.remembered != nil } }

  /// Closes the circuit, forgets its counts and lifts an override. Without a breaker the circuit is closed already.
  /// - Parameters:
  ///   - actor: who does it, for the ledger.
  ///   - note: why, for the ledger.
  public func resetBreaker(actor: String? = nil, note: String? = nil) {
    closeRemembered(actor: actor, note: note)
    publish(
      state.withLock { state in
        let transition = state.resetBreaker(at: context.time.monotonicNanoseconds())
        return recordReset(transition, &state, actor: actor, words: note)
      })
  }

  /// Closes a circuit that the ledger remembers and the policy does not have: its row would call the component unhealthy for ever.
  func closeRemembered(actor: String? = nil, note: String? = "the policy has no breaker") {
    let entries = state.withLock { state -> [LedgerEntry] in
      guard isProtected, let remembered = state.remembered,
        remembered.state != .closed || remembered.override != nil
      else { return [] }
      let wall = context.time.wallClock()
      let now = context.time.monotonicNanoseconds()
      state.beginReset(of: remembered, wall: wall, at: now)
      defer { state.endReset() }
      return recordReset(state.resetBreaker(at: now), &state, actor: actor, words: note)
    }
    publish(entries)
  }

  /// Forces the circuit open or closed, whatever happens, until it is lifted by
  /// ``liftOverride(actor:note:)`` or ``resetBreaker(actor:note:)``, or expires.
  /// - Throws: ``NoCircuitBreakerError`` when the policy has no breaker: nothing is forced then.
  public func force(_ override: CircuitOverride) throws(NoCircuitBreakerError) {
    readmitIfForgotten()
    try force(override, override.kind.rawValue, actor: override.actor, words: override.reason)
  }

  /// Lets the breaker decide by itself again.
  /// - Throws: ``NoCircuitBreakerError`` when the policy has no breaker.
  public func liftOverride(actor: String? = nil, note: String? = nil) throws(NoCircuitBreakerError) {
    try force(nil, "override_lifted", actor: actor, words: note)
  }

  private func force(_ override: CircuitOverride?, _ reason: String, actor: String?, words: String?)
    throws(NoCircuitBreakerError)
  {
    let entries = state.withLock { state -> [LedgerEntry]? in
      guard state.breaker != nil else { return nil }
      state.force(override, wall: context.time.wallClock(), at: context.time.monotonicNanoseconds())
      return recordOperator(reason, &state, actor: actor, words: words)
    }
    guard let entries else { throw NoCircuitBreakerError(component: name) }
    publish(entries)
  }

  /// Continues under another policy. Called under the engine's lock.
  /// - Returns: what was recorded, for ``publish(_:)``.
  func changePolicy(to policy: SharedPolicy) -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    state.change(to: policy, wall: context.time.wallClock(), at: context.time.monotonicNanoseconds()) {
      entries = recordReset($1, &$0, actor: nil, words: "the new policy has no breaker")
    }
    return entries
  }

  // MARK: What is recorded under the lock that decided it
  //
  // The row's id, the snapshot and the place in the ledger's queue are given under the component's lock, or two threads
  // could swap them: rows would stand in an order that did not happen, and an older snapshot over a later one. The
  // ledger takes locks of its own meanwhile and never calls back.

  /// Records a transition, and the circuit_break recovery when a trip has ended with it.
  /// - Returns: what was recorded, for ``publish(_:)``.
  func record(
    _ transition: CircuitTransition, _ state: inout ComponentState, actor: String? = nil,
    words: String? = nil
  ) -> [LedgerEntry] {
    guard state.breaker != nil else { return [] }
    let id = context.ledger.makeID()
    state.stateMoved(by: id)
    if transition.reason == .reset { state.overrideMoved(by: id) }
    guard let snapshot = snapshot(of: &state) else { return [] }
    let wall = snapshot.updatedAt
    var entries: [LedgerEntry] = [
      .transition(
        BreakerTransitionRecord(
          id: id, at: wall, component: name, from: transition.from, to: transition.to,
          reason: transition.reason.rawValue, failureCount: transition.failureCount,
          consecutiveTrips: transition.consecutiveTrips,
          openUntil: transition.openFor.map { wall + .nanoseconds($0) }, errorID: transition.errorID,
          actor: actor, note: words), snapshot)
    ]
    if let trip = transition.endedTrip {
      let closedItself = transition.reason == .probesSucceeded
      entries.append(
        .recovery(
          RecoveryRecord(
            id: context.ledger.makeID(), at: wall, component: name, operation: "circuit",
            errorID: trip.errorID, action: .circuitBreak, outcome: closedItself ? .succeeded : .failed,
            attempts: trip.probeRounds, duration: .nanoseconds(trip.duration),
            message: closedItself ? "closed after successful probes" : words ?? "closed by an operator")))
    }
    for entry in entries { context.ledger.record(entry) }
    return entries
  }

  /// Records a reset, also one of a circuit that was closed already: what counted is forgotten, an override lifted.
  private func recordReset(
    _ transition: CircuitTransition?, _ state: inout ComponentState, actor: String?, words: String?
  ) -> [LedgerEntry] {
    if let transition { return record(transition, &state, actor: actor, words: words) }
    return recordOperator(
      CircuitTransition.Reason.reset.rawValue, &state, closes: true, actor: actor, words: words)
  }

  /// Records what an operator did. It is history, too, though the state under it stays as it is.
  /// - Parameter closes: the circuit is closed by it, also where another process has opened it meanwhile.
  private func recordOperator(
    _ reason: String, _ state: inout ComponentState, closes: Bool = false, actor: String?, words: String?
  ) -> [LedgerEntry] {
    guard state.breaker != nil else { return [] }
    let id = context.ledger.makeID()
    state.overrideMoved(by: id)
    if closes { state.stateMoved(by: id) }
    guard let snapshot = snapshot(of: &state) else { return [] }
    let entry = LedgerEntry.transition(
      BreakerTransitionRecord(
        id: id, at: snapshot.updatedAt, component: name, from: snapshot.state, to: snapshot.state,
        reason: reason, failureCount: snapshot.failureCount, consecutiveTrips: snapshot.consecutiveTrips,
        openUntil: snapshot.openUntil, actor: actor, note: words), snapshot)
    context.ledger.record(entry)
    return [entry]
  }

  private func snapshot(of state: inout ComponentState) -> BreakerSnapshot? {
    state.snapshot(
      of: name, wall: context.time.wallClock(), monotonic: context.time.monotonicNanoseconds())
  }

  /// Tells the engine's listeners of what was recorded under the lock, now that it is given back.
  func publish(_ entries: [LedgerEntry]) {
    for entry in entries { context.publish(entry) }
  }

  /// Records the breaker's counts.
  func noteBreaker() {
    if let snapshot = breakerSnapshot() { context.ledger.record(.breaker(snapshot)) }
  }

  /// Changes the breaker by the outcome of a call, and records what became of it.
  /// - Parameter change: adds to the entries what it records itself.
  func settle(_ change: (inout ComponentState, inout [LedgerEntry]) -> CircuitBreaker.Completion)
    -> CircuitBreaker.Completion
  {
    let (completion, counts, entries) = state.withLock { state in
      var entries: [LedgerEntry] = []
      var counts: BreakerSnapshot?
      let completion = change(&state, &entries)
      switch completion {
      case .unchanged, .stale: break
      case .counted: counts = snapshot(of: &state)
      case .transitioned(let transition): entries += record(transition, &state)
      }
      return (completion, counts, entries)
    }
    if let counts { context.ledger.record(.breaker(counts)) }
    publish(entries)
    return completion
  }
}
