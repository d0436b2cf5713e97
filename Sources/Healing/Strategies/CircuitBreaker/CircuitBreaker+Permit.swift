// The types that a breaker and its callers exchange.

extension CircuitBreaker {
  /// Permission to make one call. Return it exactly once, through ``complete(_:_:duration:errorID:at:)``.
  public struct Permit: Sendable, Hashable {
    /// The breaker's generation when the permit was issued; results of an older generation are not counted.
    @usableFromInline let generation: UInt64
    /// Number of the probe within its generation; 0 outside half-open.
    @usableFromInline let probe: UInt32
    /// Number of the bulkhead in which the call is counted; 0 without a bulkhead.
    var bulkhead: UInt32 = 0

    @usableFromInline init(generation: UInt64, probe: UInt32) {
      self.generation = generation
      self.probe = probe
    }
  }

  /// Why a call was rejected.
  public struct Rejection: Sendable, Hashable {
    /// Nanoseconds until a call may be admitted; `nil` when only an operator can end the rejection. While
    /// probes are in progress, at most 1 s, because the time and result of their end are unknown.
    public let retryAfter: Int64?
    /// The error that tripped the circuit.
    public let errorID: LedgerID?
  }

  /// The result of a request for admission.
  ///
  /// These cases are final: a call is admitted, admitted as the first probe, or rejected.
  public enum Admission: Sendable {
    /// The call is admitted.
    case admitted(Permit)
    /// The call is admitted as the first probe; the circuit has just become half-open.
    case probing(Permit, CircuitTransition)
    /// The call is rejected.
    case rejected(Rejection)
  }

  /// How an admitted call ended, as the breaker counts it.
  ///
  /// These cases are final: a result counts for the dependency, against it, or not.
  public enum Verdict: Sendable, Hashable {
    /// The dependency answered.
    case success
    /// The dependency failed.
    case failure
    /// Not counted: the call was cancelled, or the caller made a mistake.
    case neutral
  }

  /// The effect of a result on the breaker.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Completion: Sendable {
    /// Nothing changed that must be persisted.
    case unchanged
    /// Counts changed and must be persisted.
    case counted
    /// The permit was of an older generation; the result was not counted.
    case stale
    /// The circuit opened or closed.
    case transitioned(CircuitTransition)
  }
}
