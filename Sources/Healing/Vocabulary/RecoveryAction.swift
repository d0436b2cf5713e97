/// What was done to recover. Raw values are the words on the wire, in SQL and in JSON.
public enum RecoveryAction: String, Sendable, Codable, CaseIterable {
  /// Tried again without a wait.
  case retry
  /// Tried again after growing waits.
  case retryBackoff = "retry_backoff"
  /// Answered from another source.
  case fallback
  /// Restored an earlier state.
  case rollback
  /// Kept calls away until the dependency answered again.
  case circuitBreak = "circuit_break"
  /// Started a part anew.
  case restart
  /// Told somebody.
  case alert
  /// Deliberately did nothing.
  case ignore
  /// Handed to a higher authority.
  case escalate
  /// A strategy of the user's own; its name stands in the metadata.
  case custom
}
