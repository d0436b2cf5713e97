/// A recovery under way. Kept until its ``RecoveryRecord`` comes; what a crash leaves is marked interrupted
/// at the next start and never run again by itself.
public struct RecoveryStart: Sendable, Hashable {
  /// The execution, which is also the key.
  public var executionID: LedgerID
  /// When it began.
  public var at: Timestamp
  /// The component it is for.
  public var component: ComponentName
  /// The call on it, without secrets.
  public let operation: String
  /// What is being done.
  public var action: RecoveryAction
  /// The error that made it necessary.
  public var errorID: LedgerID?
  /// The caller's request id, without secrets.
  public let requestID: String?
  /// The user on whose behalf the call was made, without secrets.
  public let userID: String?

  /// A start from its parts.
  public init(
    executionID: LedgerID, at: Timestamp, component: ComponentName, operation: String,
    action: RecoveryAction, errorID: LedgerID?, requestID: String? = nil, userID: String? = nil
  ) {
    self.executionID = executionID
    self.at = at
    self.component = component
    self.operation = Redactor.redactName(operation)
    self.action = action
    self.errorID = errorID
    self.requestID = requestID.map(Redactor.redactName)
    self.userID = userID.map(Redactor.redactName)
  }
}
