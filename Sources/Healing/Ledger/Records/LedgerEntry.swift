/// An entry to record. Per-call samples have a cheaper method: ``Ledger/record(_:)-(CallSample)``.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum LedgerEntry: Sendable {
  /// A component became known, also before its first call.
  case component(ComponentName)
  /// A failed attempt.
  case error(ErrorContext)
  /// A call that was not made, with request and user. Its ``CallSample`` counts it.
  case rejection(RejectedCall)
  /// A component's policy in this process changed.
  case policy(PolicyChange)
  /// Reported outcomes of one or several attempts.
  // Indirect: rare, and larger than an error.
  indirect case sample(HealthSample)
  /// A check of a component.
  case check(HealthCheckRecord)
  /// A recovery began.
  case recoveryStarted(RecoveryStart)
  /// A recovery ended.
  case recovery(RecoveryRecord)
  /// A recovery ended without a separate record: it was merged, or no retry was made.
  case recoveryEnded(LedgerID)
  /// A breaker's counts changed. The latest of a component applies; earlier ones may be skipped.
  // Indirect, like the next: otherwise every entry would have the size of a snapshot, and errors are far more
  // frequent.
  indirect case breaker(BreakerSnapshot)
  /// A breaker's state changed.
  indirect case transition(BreakerTransitionRecord, BreakerSnapshot)
  /// An alert.
  case alert(AlertRecord)
  /// A component's metrics were reset: they count from this time. No row is deleted.
  case metricsReset(ComponentName, at: Timestamp)
  /// A component was forgotten: its breaker and health window are removed, and its metrics begin a new epoch.
  /// No history row is deleted. The next ``component(_:)`` makes it known again. The id, from
  /// ``Ledger/makeID()``, identifies this forgetting (``ComponentChange``).
  case forgotten(ComponentName, id: LedgerID, at: Timestamp, actor: String?)
  /// A note on an incident.
  indirect case note(IncidentNote)
  /// This number of calls ran unprotected, because an engine refused their new component.
  case unprotectedCalls(Int64)
}
