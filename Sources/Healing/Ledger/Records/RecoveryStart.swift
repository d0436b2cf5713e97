/// A recovery in progress. The ledger keeps it until the ``RecoveryRecord`` follows. After a crash the next
/// start marks it interrupted and never resumes it.
public struct RecoveryStart: Sendable, Hashable {
  /// The execution, which is also the key.
  public var executionID: LedgerID
  /// When the recovery began.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The operation's name, without secrets.
  public let operation: String
  /// The action in progress.
  public var action: RecoveryAction
  /// The error that is recovered from.
  public var errorID: LedgerID?
  /// The caller's request id, without secrets.
  public let requestID: String?
  /// The user of the call, without secrets.
  public let userID: String?

  /// Creates a start, and redacts its texts.
  public init(
    executionID: LedgerID, at: Timestamp, component: ComponentName, operation: String,
    action: RecoveryAction, errorID: LedgerID?, requestID: String? = nil, userID: String? = nil
  ) {
    self.init(
      executionID: executionID, at: at, component: component,
      RecordedCall(operation: operation, requestID: requestID, userID: userID), action: action,
      errorID: errorID)
  }

  /// Creates a start of texts that are redacted.
  init(
    executionID: LedgerID, at: Timestamp, component: ComponentName, _ call: RecordedCall,
    action: RecoveryAction, errorID: LedgerID?
  ) {
    self.executionID = executionID
    self.at = at
    self.component = component
    operation = call.operation
    self.action = action
    self.errorID = errorID
    requestID = call.requestID
    userID = call.userID
  }
}
