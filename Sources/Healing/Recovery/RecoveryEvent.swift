/// An event of an engine, for logs and metrics. Samples of single calls are not events.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum RecoveryEvent: Sendable, Hashable {
  /// An attempt failed.
  case error(ErrorContext)
  /// A recovery ended.
  case recovery(RecoveryRecord)
  /// A breaker changed state.
  case transition(BreakerTransitionRecord)
  /// A component was checked.
  case check(HealthCheckRecord)
  /// An alert was sent.
  case alert(AlertRecord)

  /// The id of the event's row in the ledger.
  public var id: LedgerID {
    switch self {
    case .error(let error): error.id
    case .recovery(let recovery): recovery.id
    case .transition(let transition): transition.id
    case .check(let check): check.id
    case .alert(let alert): alert.id
    }
  }
}
