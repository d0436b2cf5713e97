/// A change of a circuit's state, as the state machine returns it.
public struct CircuitTransition: Sendable, Hashable {
  /// The cause of a state change. Raw values are in the ledger.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Reason: String, Sendable, Codable, CaseIterable {
    /// Too many failures in a row.
    case failureThreshold = "failure_threshold"
    /// Too large a share of failures in the window.
    case failureRate = "failure_rate"
    /// Too large a share of slow calls in the window.
    case slowCallRate = "slow_call_rate"
    /// The wait was over; the call is a probe.
    case waitElapsed = "wait_elapsed"
    /// A probe failed.
    case probeFailed = "probe_failed"
    /// A probe succeeded, but was as slow as the calls that open the circuit.
    case probeSlow = "probe_slow"
    /// A forced-open override expired; the call is a probe.
    case overrideExpired = "override_expired"
    /// Enough probes succeeded.
    case probesSucceeded = "probes_succeeded"
    /// The circuit was reset, by an operator or by a policy without a breaker.
    case reset
  }

  /// A trip that has ended: from leaving closed until the circuit closed again.
  public struct Trip: Sendable, Hashable {
    /// Nanoseconds for which the circuit was not closed.
    public let durationNanoseconds: Int64
    /// Number of times that the circuit became half-open.
    public let probeRounds: Int
    /// The error that tripped the circuit.
    public let errorID: LedgerID?
  }

  /// The state before.
  public let from: CircuitState
  /// The state after.
  public let to: CircuitState
  /// The cause of the change.
  public let reason: Reason
  /// Failures in a row at the change.
  public let failureCount: Int
  /// Trips since the circuit was last closed, including this one.
  public let consecutiveTrips: Int
  /// Length of the wait in nanoseconds when the circuit opened; otherwise `nil`.
  public let openNanoseconds: Int64?
  /// The failure that opened the circuit.
  public let errorID: LedgerID?
  /// The ended trip when the circuit closed; otherwise `nil`.
  public internal(set) var endedTrip: Trip?
}
