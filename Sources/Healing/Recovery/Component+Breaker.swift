import Synchronization

extension Component {
  /// Whether the circuit rejects calls now.
  public var isCircuitOpen: Bool {
    let now = context.time.monotonicNanoseconds()
    return state.withLock { $0.isCircuitOpen(at: now) }
  }

  /// The breaker as it stands in this process; `nil` when the policy has none.
  public func breakerSnapshot() -> BreakerSnapshot? {
    let wall = context.time.wallClock()
    let monotonic = context.time.monotonicNanoseconds()
    return state.withLock { $0.snapshot(of: name, wall: wall, monotonic: monotonic) }
  }

  /// Whether the ledger remembers a breaker that the policy does not have.
  package var remembersBreaker: Bool { state.withLock { $0.remembered != nil } }

  /// Closes the circuit, forgets its counts and lifts an override.
  /// - Parameters:
  ///   - actor: who does it, for the ledger.
  ///   - note: why, for the ledger.
  public func resetBreaker(actor: String? = nil, note: String? = nil) {
    let now = context.time.monotonicNanoseconds()
    let wall = context.time.wallClock()
    let reset = state.withLock { $0.resetBreaker(of: name, wall: wall, monotonic: now) }
    if let reset { self.note(reset, actor: actor, words: note) }
  }

  /// Writes down that another policy, which has no breaker, has reset it.
  func noteLoss(_ reset: ComponentState.BreakerReset) {
    note(reset, actor: nil, words: "the new policy has no breaker")
  }

  private func note(_ reset: ComponentState.BreakerReset, actor: String?, words: String?) {
    if let transition = reset.transition {
      note(transition, reset.snapshot, actor: actor, words: words)
    } else {
      noteOperator(reset.snapshot, CircuitTransition.Reason.reset.rawValue, actor, words)
    }
  }

  /// Forces the circuit open or closed, whatever happens, until it is lifted by
  /// ``liftOverride(actor:note:)`` or ``resetBreaker(actor:note:)``, or expires.
  public func force(_ override: CircuitOverride) {
    readmitIfForgotten()
    let wall = context.time.wallClock()
    let now = context.time.monotonicNanoseconds()
    let left = override.expiresAt.map { max(.zero, $0 - wall).nanoseconds }
    let snapshot = state.withLock { state in
      state.override = override
      state.breaker?.force(override.kind, until: left.map { now.addingClamped($0) } ?? .max)
      return state.snapshot(of: name, wall: wall, monotonic: now)
    }
    if let snapshot { noteOperator(snapshot, override.kind.rawValue, override.actor, override.reason) }
  }

  /// Lets the breaker decide by itself again.
  public func liftOverride(actor: String? = nil, note: String? = nil) {
    let wall = context.time.wallClock()
    let now = context.time.monotonicNanoseconds()
    let snapshot = state.withLock { state in
      state.override = nil
      state.breaker?.force(nil)
      return state.snapshot(of: name, wall: wall, monotonic: now)
    }
    if let snapshot { noteOperator(snapshot, "override_lifted", actor, note) }
  }

  /// An operator's word is history, too, though the state under it stays as it is.
  private func noteOperator(
    _ snapshot: BreakerSnapshot, _ reason: String, _ actor: String?, _ words: String?
  ) {
    let record = BreakerTransitionRecord(
      id: context.ledger.makeID(), at: snapshot.updatedAt, component: name, from: snapshot.state,
      to: snapshot.state, reason: reason,
      failureCount: snapshot.failureCount, consecutiveTrips: snapshot.consecutiveTrips,
      openUntil: snapshot.openUntil, errorID: nil, actor: actor, note: words)
    context.note(.transition(record, snapshot))
  }

  /// Writes down the breaker's counts.
  func noteBreaker() {
    if let snapshot = breakerSnapshot() { context.note(.breaker(snapshot)) }
  }

  /// Writes down a transition, and the circuit_break recovery when a trip has ended with it.
  func note(_ transition: CircuitTransition) {
    if let snapshot = breakerSnapshot() { note(transition, snapshot) }
  }

  private func note(
    _ transition: CircuitTransition, _ snapshot: BreakerSnapshot, actor: String? = nil, words: String? = nil
  ) {
    let wall = context.time.wallClock()
    let record = BreakerTransitionRecord(
      id: context.ledger.makeID(), at: wall, component: name, from: transition.from, to: transition.to,
      reason: transition.reason.rawValue, failureCount: transition.failureCount,
      consecutiveTrips: transition.consecutiveTrips,
      openUntil: transition.openFor.map { wall + .nanoseconds($0) }, errorID: transition.errorID,
      actor: actor, note: words)
    context.note(.transition(record, snapshot))
    guard let trip = transition.endedTrip else { return }
    let closedItself = transition.reason == .probesSucceeded
    context.note(
      .recovery(
        RecoveryRecord(
          id: context.ledger.makeID(), at: wall, component: name, operation: "circuit",
          errorID: trip.errorID, action: .circuitBreak, outcome: closedItself ? .succeeded : .failed,
          attempts: trip.probeRounds, duration: .nanoseconds(trip.duration),
          message: closedItself ? "closed after successful probes" : words ?? "closed by an operator")))
  }
}
