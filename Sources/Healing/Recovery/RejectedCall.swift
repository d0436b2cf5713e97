/// A call that was not made: one row of the ledger. A component's rejected calls are rows up to a rate; all of them are
/// counted by operation and reason.
public struct RejectedCall: Sendable, Hashable {
  /// So many rows are kept of a component in a second.
  public static let rowsPerSecond = 100

  /// The row's id.
  public var id: LedgerID
  /// When it was rejected.
  public var at: Timestamp
  /// The component that it was for.
  public var component: ComponentName
  /// The call on it, without secrets.
  public let operation: String
  /// Why it was rejected.
  public var reason: RejectionReason
  /// The execution it belongs to.
  public var executionID: LedgerID?
  /// The error that opened the circuit.
  public var errorID: LedgerID?
  /// The caller's request id, without secrets.
  public let requestID: String?
  /// The user on whose behalf the call was made, without secrets.
  public let userID: String?

  /// Removes secrets from the texts.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, reason: RejectionReason,
    executionID: LedgerID? = nil, errorID: LedgerID? = nil, requestID: String? = nil, userID: String? = nil
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.operation = Redactor.redactName(operation)
    self.reason = reason
    self.executionID = executionID
    self.errorID = errorID
    self.requestID = requestID.map(Redactor.redactName)
    self.userID = userID.map(Redactor.redactName)
  }
}
