/// A call that was not made: one row of the ledger. A limited number per second are rows; all are counted by
/// operation and reason.
public struct RejectedCall: Sendable, Hashable {
  /// Maximum number of rows per component and second.
  public static let rowsPerSecond = 100

  /// The row's id.
  public var id: LedgerID
  /// When the call was rejected.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The operation's name, without secrets.
  public let operation: String
  /// Why the call was rejected.
  public var reason: RejectionReason
  /// The call's execution.
  public var executionID: LedgerID?
  /// The error that opened the circuit.
  public var errorID: LedgerID?
  /// The caller's request id, without secrets.
  public let requestID: String?
  /// The user of the call, without secrets.
  public let userID: String?

  /// Creates a row, and redacts its texts.
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

extension RejectedCall: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, operation, reason
    case executionId = "execution_id"
    case errorId = "error_id"
    case requestId = "request_id"
    case userId = "user_id"
  }

  /// Encodes the columns of `v_rejected_calls`, the time as `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(reason, forKey: .reason)
    try container.encode(executionID, forKey: .executionId)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(requestID, forKey: .requestId)
    try container.encode(userID, forKey: .userId)
  }
}
