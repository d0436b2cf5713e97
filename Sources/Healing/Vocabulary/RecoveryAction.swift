/// The kind of recovery. Raw values are the words on the wire, in SQL and in JSON.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum RecoveryAction: String, Sendable, Codable, CaseIterable {
  /// Retried without a wait.
  case retry
  /// Retried after increasing waits.
  case retryBackoff = "retry_backoff"
  /// Returned a result from another source.
  case fallback
  /// Restored an earlier state.
  case rollback
  /// Rejected calls until the dependency answered again.
  case circuitBreak = "circuit_break"
  /// Restarted a part.
  case restart
  /// Sent an alert.
  case alert
  /// Deliberately took no action.
  case ignore
  /// Escalated to a higher authority.
  case escalate
  /// A custom strategy of the user; the metadata key `strategy` has its name.
  case custom
}
