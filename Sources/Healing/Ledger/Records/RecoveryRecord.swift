/// A recovery of one execution: one row of the ledger.
public struct RecoveryRecord: Sendable, Hashable {
  /// How a recovery ended.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// The recovery succeeded.
    case succeeded
    /// The recovery failed.
    case failed
    /// The caller cancelled meanwhile.
    case cancelled
    /// The process ended before the recovery did; detected at the next start.
    case interrupted
  }

  /// Why a recovery that did not succeed ended.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum GaveUp: String, Sendable, Codable, CaseIterable {
    /// The allowed attempts were used up.
    case attempts
    /// The circuit opened.
    case circuit
    /// The retry budget was spent.
    case budget
    /// The wait would have ended after the execution's deadline, or the deadline has passed.
    case deadline
    /// The last error is not transient.
    case notTransient = "not_transient"
    /// The server asked for a longer wait than the policy allows.
    case waitTooLong = "wait_too_long"
    /// The caller cancelled.
    case cancelled
    /// An operator closed or overrode the circuit, or a policy without a breaker removed it.
    case `operator`
    /// The process ended before the recovery did.
    case processEnded = "process_ended"
  }

  /// The row's id.
  public var id: LedgerID
  /// When the recovery ended.
  public var at: Timestamp
  /// The recovered component.
  public var component: ComponentName
  /// The operation's name, without secrets.
  public let operation: String
  /// The recovered execution.
  public var executionID: LedgerID?
  /// The error that was recovered from.
  public var errorID: LedgerID?
  /// The action taken.
  public var action: RecoveryAction
  /// How the recovery ended.
  public var outcome: Outcome
  /// Number of attempts; fallbacks do not count the execution's first attempt.
  public var attempts: Int
  /// Duration of the recovery, up to 115 days.
  public package(set) var duration: Duration
  /// The longest duration of the merged recoveries; `nil` when it is ``duration``.
  package var longest: Duration?
  /// A one-line message for operators, without secrets.
  public package(set) var message: String
  /// Other details, without secrets; the key `strategy` has a custom strategy's name.
  public package(set) var metadata: [String: String]
  /// The caller's request id, without secrets.
  public package(set) var requestID: String?
  /// The user of the call, without secrets.
  public package(set) var userID: String?
  /// Why the recovery ended without success; `nil` when it succeeded or the reason is unknown.
  public var gaveUp: GaveUp?
  /// The execution of an outer component of the same engine that made the call, when the outer execution's first attempt
  /// had failed; otherwise `nil`.
  public var parentExecutionID: LedgerID?
  /// Number of recoveries in the row: 1, or more when the ledger merged recoveries.
  public var occurrences: Int

  /// Creates a record, and redacts its texts.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, executionID: LedgerID? = nil,
    errorID: LedgerID? = nil, action: RecoveryAction, outcome: Outcome, attempts: Int, duration: Duration,
    message: String = "", metadata: [String: String] = [:], occurrences: Int = 1, requestID: String? = nil,
    userID: String? = nil, gaveUp: GaveUp? = nil, parentExecutionID: LedgerID? = nil
  ) {
    self.init(
      id: id, at: at, component: component,
      RecordedCall(operation: operation, requestID: requestID, userID: userID), executionID: executionID,
      errorID: errorID, action: action, outcome: outcome, attempts: attempts, duration: duration,
      message: message, metadata: metadata, occurrences: occurrences, gaveUp: gaveUp)
    self.parentExecutionID = parentExecutionID
  }

  /// Creates a record of a call whose texts are redacted. Redacts message and metadata.
  init(
    id: LedgerID, at: Timestamp, component: ComponentName, _ call: RecordedCall, executionID: LedgerID?,
    errorID: LedgerID?, action: RecoveryAction, outcome: Outcome, attempts: Int, duration: Duration,
    message: String, metadata: [String: String], occurrences: Int = 1, gaveUp: GaveUp?
  ) {
    self.id = id
    self.at = at
    self.component = component
    operation = call.operation
    self.executionID = executionID
    self.errorID = errorID
    self.action = action
    self.outcome = outcome
    self.attempts = attempts
    self.duration = min(max(.zero, duration), .microseconds(CallCounts.longestMicroseconds))
    self.message = Redactor.redact(message)
    self.metadata = Redactor.redact(metadata)
    self.occurrences = occurrences
    requestID = call.requestID
    userID = call.userID
    self.gaveUp = gaveUp
  }

  /// Whether the recovery succeeded.
  public var success: Bool { outcome == .succeeded }
}

extension RecoveryRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, operation, action, success, outcome, attempts, message, metadata,
      occurrences
    case executionId = "execution_id"
    case parentExecutionId = "parent_execution_id"
    case errorId = "error_id"
    case durationMs = "duration_ms"
    case gaveUp = "gave_up"
    case requestId = "request_id"
    case userId = "user_id"
  }

  /// Encodes the fields of an entry of `GET /recovery/recent`, and `id`, `execution_id`, `parent_execution_id`, `outcome`,
  /// `metadata` and `occurrences`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(executionID, forKey: .executionId)
    try container.encode(parentExecutionID, forKey: .parentExecutionId)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(action, forKey: .action)
    try container.encode(success, forKey: .success)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(duration.milliseconds, forKey: .durationMs)
    try container.encode(message, forKey: .message)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(gaveUp, forKey: .gaveUp)
    try container.encode(requestID, forKey: .requestId)
    try container.encode(userID, forKey: .userId)
    try container.encode(occurrences, forKey: .occurrences)
  }
}
