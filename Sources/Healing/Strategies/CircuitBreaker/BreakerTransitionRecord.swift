/// One state change of a breaker: one row of the ledger.
public struct BreakerTransitionRecord: Sendable, Hashable {
  /// The row's id.
  public var id: LedgerID
  /// When.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The state before.
  public var from: CircuitState
  /// The state after.
  public var to: CircuitState
  /// What made it change, such as `failure_threshold` or `reset`.
  public var reason: String
  /// Failures in a row when it changed.
  public var failureCount: Int
  /// Trips without a close between.
  public var consecutiveTrips: Int
  /// End of the wait, when it opened.
  public var openUntil: Timestamp?
  /// The failure that opened it.
  public var errorID: LedgerID?
  /// Who, when it was a person or a program acting for one; without secrets.
  public let actor: String?
  /// Why, in the actor's words, without secrets.
  public let note: String?

  /// A record from its parts. Secrets are removed from `note` here.
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
