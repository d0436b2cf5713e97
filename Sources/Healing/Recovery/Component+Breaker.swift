import Synchronization

extension Component {
  /// Whether the circuit rejects calls now.
  public var isCircuitOpen: Bool {
    let now = context.time.monotonicNanoseconds()
    return state.withLock { $0.isCircuitOpen(at: now) }
  }

  /// Returns the breaker's state in this process; `nil` when the policy has no breaker.
  public func breakerSnapshot() -> BreakerSnapshot? { state.withLock { snapshot(of: &$0) } }

  /// Whether the ledger has a breaker for this component while the policy has no breaker.
  package var hasPendingBreaker: Bool { state.withLock { $0.pendingBreaker != nil } }

  /// Closes the circuit, clears its counts and lifts an override. Without a breaker it closes a circuit that an
  /// earlier policy left in the ledger.
  /// - Parameters:
  ///   - actor: operator that is recorded in the ledger.
  ///   - note: reason that is recorded in the ledger.
  public func resetBreaker(actor: String? = nil, note: String? = nil) {
    closeRemembered(actor: actor, note: note)
    publish(
      state.withLock { state in
        let transition = state.resetBreaker(at: context.time.monotonicNanoseconds())
        return recordReset(transition, &state, actor: actor, words: note)
      })
  }

  /// Closes a circuit that the ledger has and the policy does not: otherwise its row would keep the component
  /// unhealthy.
  func closeRemembered(actor: String? = nil, note: String? = "the policy has no breaker") {
    let entries = state.withLock { state -> [LedgerEntry] in
      guard isProtected, let pendingBreaker = state.pendingBreaker,
        pendingBreaker.state != .closed || pendingBreaker.override != nil
      else { return [] }
      let wall = context.time.wallClock()
      let now = context.time.monotonicNanoseconds()
      state.beginReset(of: pendingBreaker, wall: wall, at: now)
      defer { state.endReset() }
      return recordReset(state.resetBreaker(at: now), &state, actor: actor, words: note)
    }
    publish(entries)
  }

  /// Forces the circuit open or closed until ``liftOverride(actor:note:)`` or ``resetBreaker(actor:note:)``
  /// ends the override, or it expires.
  /// - Throws: ``NoCircuitBreakerError`` when the policy has no breaker; no override is set then.
  public func force(_ override: CircuitOverride) throws(NoCircuitBreakerError) {
    readmitIfForgotten()
    try force(override, override.kind.rawValue, actor: override.actor, words: override.reason)
  }

  /// Lifts the override: the breaker decides again.
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

  /// Replaces the policy. Called under the engine's lock.
  /// - Returns: the recorded entries, for ``publish(_:)``.
  func changePolicy(to policy: SharedPolicy) -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    state.change(to: policy, wall: context.time.wallClock(), at: context.time.monotonicNanoseconds()) {
      entries = recordReset($1, &$0, actor: nil, words: "the new policy has no breaker")
    }
    return entries
  }

  // MARK: Recording under the component's lock
  //
  // The row's id, the snapshot and the position in the ledger's queue are assigned under the component's lock.
  // Otherwise two threads could swap them: rows would be in the wrong order, and an older snapshot would
  // replace a later one. The ledger takes only its own locks meanwhile and never calls back.

  /// Records a transition, and the `circuit_break` recovery when the transition ends a trip.
  /// - Returns: the recorded entries, for ``publish(_:)``.
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
          openUntil: transition.openNanoseconds.map { wall + .nanoseconds($0) }, errorID: transition.errorID,
          actor: actor, note: words), snapshot)
    ]
    if let trip = transition.endedTrip {
      let closedItself = transition.reason == .probesSucceeded
      entries.append(
        .recovery(
          RecoveryRecord(
            id: context.ledger.makeID(), at: wall, component: name, operation: "circuit",
            errorID: trip.errorID, action: .circuitBreak, outcome: closedItself ? .succeeded : .failed,
            attempts: trip.probeRounds, duration: .nanoseconds(trip.durationNanoseconds),
            message: closedItself ? "closed after successful probes" : words ?? "closed by an operator",
            gaveUp: closedItself ? nil : .operator)))
    }
    for entry in entries { context.ledger.record(entry) }
    return entries
  }

  /// Records a reset, also of a circuit that was already closed: the reset cleared its counts and lifted an
  /// override.
  private func recordReset(
    _ transition: CircuitTransition?, _ state: inout ComponentState, actor: String?, words: String?
  ) -> [LedgerEntry] {
    if let transition { return record(transition, &state, actor: actor, words: words) }
    return recordOperator(
      CircuitTransition.Reason.reset.rawValue, &state, closes: true, actor: actor, words: words)
  }

  /// Records an operator's action as a transition row, also when the circuit's state does not change.
  /// - Parameter closes: whether the action closes the circuit, also when another process has opened it
  ///   meanwhile.
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

  /// Publishes recorded entries to the engine's listeners. Called after the component's lock is released.
  func publish(_ entries: [LedgerEntry]) {
    for entry in entries { context.publish(entry) }
  }

  /// Records the breaker's counts.
  func recordBreaker() {
    if let snapshot = breakerSnapshot() { context.ledger.record(.breaker(snapshot)) }
  }

  /// Applies the outcome of a call to the breaker, and records the resulting counts or transition.
  /// - Parameter change: applies the outcome; appends the entries that it records.
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
