/// Whether a circuit lets calls through. Raw values are the words on the wire, in SQL and in JSON.
public enum CircuitState: String, Sendable, Codable, CaseIterable {
  /// Calls go through; failures are counted.
  case closed
  /// Calls are rejected until the wait is over.
  case open
  /// A few probes go through to see whether the dependency answers again.
  case halfOpen = "half_open"
}
