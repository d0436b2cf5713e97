// What a breaker and its callers hand each other.

extension CircuitBreaker {
  /// Leave to make one call. It is handed back exactly once, through ``complete(_:_:duration:errorID:at:)``.
  public struct Permit: Sendable, Hashable {
    /// The breaker's generation when the leave was given; results of an older one change nothing.
    @usableFromInline let generation: UInt64
    /// Tells probes of one generation apart; 0 outside half-open.
    @usableFromInline let probe: UInt32
    /// Which of a component's bulkheads the call has a place in; 0 for none.
    var bulkhead: UInt32 = 0

    @usableFromInline init(generation: UInt64, probe: UInt32) {
      self.generation = generation
      self.probe = probe
    }
  }

  /// Why a call was not let through.
  public struct Rejection: Sendable, Hashable {
    /// Nanoseconds until a call may be let through; `nil` when only an operator can say. While probes are in progress, at
    /// most 1 s: when they end, and how, is not known.
    public let retryAfter: Int64?
    /// The error that tripped the circuit.
    public let errorID: LedgerID?
  }

  /// The answer to a call that wants through.
  public enum Admission: Sendable {
    /// Go ahead.
    case admitted(Permit)
    /// Go ahead as the first probe; the circuit has just become half-open.
    case probing(Permit, CircuitTransition)
    /// Do not call.
    case rejected(Rejection)
  }

  /// How a call that was let through came out, as far as a breaker cares.
  public enum Verdict: Sendable, Hashable {
    /// The dependency answered.
    case success
    /// The dependency failed.
    case failure
    /// Says nothing about the dependency: cancelled, or the caller's own mistake.
    case neutral
  }

  /// What a result did.
  public enum Completion: Sendable {
    /// Nothing that a restart would have to know.
    case unchanged
    /// Counts changed; a restart has to know them.
    case counted
    /// The result came from an older generation; it changed nothing.
    case stale
    /// The circuit opened or closed.
    case transitioned(CircuitTransition)
  }
}
