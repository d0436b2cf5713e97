/// The state of a circuit. Raw values are used in REST, SQL and JSON.
///
/// These cases are final: they are the states of the circuit breaker pattern.
public enum CircuitState: String, Sendable, Codable, CaseIterable {
  /// Calls are admitted; failures are counted.
  case closed
  /// Calls are rejected until the wait is over.
  case open
  /// A limited number of probes is admitted to test whether the dependency works again.
  case halfOpen = "half_open"
}
