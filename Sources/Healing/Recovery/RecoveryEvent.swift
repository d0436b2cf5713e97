/// Something that happened in an engine, for logs and metrics. Per-call samples are not among them.
public enum RecoveryEvent: Sendable, Hashable {
  /// An attempt failed.
  case error(ErrorContext)
  /// A recovery ended.
  case recovery(RecoveryRecord)
  /// A breaker changed state.
  case transition(BreakerTransitionRecord)
  /// A component was looked at.
  case check(HealthCheckRecord)
  /// An alert went out.
  case alert(AlertRecord)

  /// The id of its row in the ledger.
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
