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
