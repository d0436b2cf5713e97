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

  /// The component of the event.
  public var component: ComponentName {
    switch self {
    case .error(let error): error.component
    case .recovery(let recovery): recovery.component
    case .transition(let transition): transition.component
    case .check(let check): check.component
    case .alert(let alert): alert.component
    }
  }

  /// When the event was.
  public var at: Timestamp {
    switch self {
    case .error(let error): error.at
    case .recovery(let recovery): recovery.at
    case .transition(let transition): transition.at
    case .check(let check): check.at
    case .alert(let alert): alert.at
    }
  }
}

extension RecoveryEvent: Encodable {
  private enum CodingKeys: CodingKey { case event }

  /// The event's name in `GET /events`.
  package var name: String {
    switch self {
    case .error: "error"
    case .recovery: "recovery"
    case .transition: "transition"
    case .check: "check"
    case .alert: "alert"
    }
  }

  /// Encodes the fields of the event's record, and `event` with its name: `error`, `recovery`, `transition`, `check`
  /// or `alert`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .event)
    switch self {
    case .error(let error): try error.encode(to: encoder)
    case .recovery(let recovery): try recovery.encode(to: encoder)
    case .transition(let transition): try transition.encode(to: encoder)
    case .check(let check): try check.encode(to: encoder)
    case .alert(let alert): try alert.encode(to: encoder)
    }
  }
}
