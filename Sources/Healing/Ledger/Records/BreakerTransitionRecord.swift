/// A state change of a breaker, or an operator's action on it: one row of the ledger.
public struct BreakerTransitionRecord: Sendable, Hashable {
  /// The row's id.
  public var id: LedgerID
  /// When the change was made.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The state before.
  public var from: CircuitState
  /// The state after.
  public var to: CircuitState
  /// The cause of the change, such as `failure_threshold` or `reset`.
  public var reason: String
  /// Failures in a row at the change.
  public var failureCount: Int
  /// Trips since the circuit was last closed.
  public var consecutiveTrips: Int
  /// End of the wait when the circuit opened; otherwise `nil`.
  public var openUntil: Timestamp?
  /// The failure that opened the circuit.
  public var errorID: LedgerID?
  /// The operator who made the change, without secrets; `nil` when the breaker changed by itself.
  public let actor: String?
  /// The operator's reason, without secrets.
  public let note: String?

  /// Creates a record, and redacts `actor` and `note`.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, from: CircuitState, to: CircuitState,
    reason: String, failureCount: Int, consecutiveTrips: Int, openUntil: Timestamp? = nil,
    errorID: LedgerID? = nil, actor: String? = nil, note: String? = nil
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.from = from
    self.to = to
    self.reason = reason
    self.failureCount = failureCount
    self.consecutiveTrips = consecutiveTrips
    self.openUntil = openUntil
    self.errorID = errorID
    self.actor = actor.map(Redactor.redactName)
    self.note = note.map { Redactor.redact($0) }
  }
}

extension BreakerTransitionRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, from, to, reason, actor, note
    case failureCount = "failure_count"
    case consecutiveTrips = "consecutive_trips"
    case openUntil = "open_until"
    case errorId = "error_id"
  }

  /// Encodes the fields of a `transition` event of `GET /events`, and `consecutive_trips`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(reason, forKey: .reason)
    try container.encode(failureCount, forKey: .failureCount)
    try container.encode(consecutiveTrips, forKey: .consecutiveTrips)
    try container.encode(openUntil, forKey: .openUntil)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(actor, forKey: .actor)
    try container.encode(note, forKey: .note)
  }
}
