/// A change of a circuit's state, as the state machine returns it.
public struct CircuitTransition: Sendable, Hashable {
  /// What made the circuit change. Raw values stand in the ledger.
  public enum Reason: String, Sendable, Codable, CaseIterable {
    /// Too many failures in a row.
    case failureThreshold = "failure_threshold"
    /// Too large a share of failures.
    case failureRate = "failure_rate"
    /// Too large a share of slow calls.
    case slowCallRate = "slow_call_rate"
    /// The wait was over; a probe goes out.
    case waitElapsed = "wait_elapsed"
    /// A probe failed.
    case probeFailed = "probe_failed"
    /// A probe succeeded, but as slowly as the calls that open the circuit.
    case probeSlow = "probe_slow"
    /// What an operator forced open is over; a probe goes out.
    case overrideExpired = "override_expired"
    /// Enough probes succeeded.
    case probesSucceeded = "probes_succeeded"
    /// An operator closed it.
    case reset
  }

  /// A trip that has ended: from leaving closed to closing again.
  public struct Trip: Sendable, Hashable {
    /// Nanoseconds the circuit was not closed.
    public let duration: Int64
    /// How often it became half-open.
    public let probeRounds: Int
    /// The error that tripped it.
    public let errorID: LedgerID?
  }

  /// The state before.
  public let from: CircuitState
  /// The state after.
  public let to: CircuitState
  /// What made it change.
  public let reason: Reason
  /// Failures in a row when it changed.
  public let failureCount: Int
  /// Trips without a close between, this one included.
  public let consecutiveTrips: Int
  /// Nanoseconds it will stay open, when it opened.
  public let openFor: Int64?
  /// The failure that opened it.
  public let errorID: LedgerID?
  /// Set when the circuit closed.
  public internal(set) var endedTrip: Trip?
}
