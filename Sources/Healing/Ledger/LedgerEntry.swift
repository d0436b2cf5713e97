/// Something to be written down. Per-call samples have their own, cheaper way: ``Ledger/record(_:)-(CallSample)``.
public enum LedgerEntry: Sendable {
  /// A component is known from now on, also before its first call.
  case component(ComponentName)
  /// A failed attempt.
  case error(ErrorContext)
  /// A call that was not made, with whom it hit. Its ``CallSample`` counts it.
  case rejection(RejectedCall)
  /// A component has another policy in this process.
  case policy(PolicyChange)
  /// Outcomes reported from outside, one or many at once.
  // Indirect: rare, and larger than an error.
  indirect case sample(HealthSample)
  /// An evaluation of a component.
  case check(HealthCheckRecord)
  /// A recovery has begun.
  case recoveryStarted(RecoveryStart)
  /// A recovery has ended.
  case recovery(RecoveryRecord)
  /// A recovery has ended whose record was merged with others.
  case recoveryEnded(LedgerID)
  /// A breaker's counts changed. The latest of a component stands; those between may be skipped.
  // Indirect, as the next: a snapshot's size would be that of every entry, and there are far more errors.
  indirect case breaker(BreakerSnapshot)
  /// A breaker's state changed.
  indirect case transition(BreakerTransitionRecord, BreakerSnapshot)
  /// An alert.
  case alert(AlertRecord)
  /// A component's metrics count from here on. No row is deleted.
  case metricsReset(ComponentName, at: Timestamp)
  /// A component is no longer known: its breaker and health window are gone and its metrics count anew. No row of
  /// history is deleted. It is known again from its next ``component(_:)`` on.
  /// The id, from ``Ledger/makeID()``, tells this forgetting from others (``ComponentChange``).
  case forgotten(ComponentName, id: LedgerID, at: Timestamp, actor: String?)
  /// This many calls were made without protection, because their component is new and an engine has no room for it.
  case unprotectedCalls(Int64)
}
