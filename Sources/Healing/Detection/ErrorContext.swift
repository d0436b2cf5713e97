/// A detected and classified failure of an attempt: one row of the ledger.
public struct ErrorContext: Sendable, Hashable {
  /// The row's id, assigned before the row is written.
  public var id: LedgerID
  /// Time of the failure.
  public var at: Timestamp
  /// The component that failed.
  public var component: ComponentName
  /// The operation that failed, without secrets.
  public let operation: String
  /// The execution of the attempt; `nil` when the error was reported outside of one.
  public var executionID: LedgerID?
  /// Number of the failed attempt in the execution, from 1, at most `Int32.max`.
  public var attempt: Int {
    get { Int(storedAttempt) }
    set { storedAttempt = Int32(clamping: newValue) }
  }
  /// `Int32` because entries in the ledger's queue are copied several times and most are errors, so their size
  /// matters.
  private var storedAttempt: Int32
  /// The verdict, and the rule that decided it.
  public var classification: ErrorClassification
  /// The error's type, qualified if it is a Swift type.
  public let type: String
  /// The error's message, without secrets, at most ``maximumMessageLength`` bytes.
  public let message: String
  /// Equal for errors of one type and category whose messages differ only in numbers, ids, ports, paths and quoted
  /// values.
  public var fingerprint: Fingerprint
  /// The caller's request id, without secrets.
  public package(set) var requestID: String?
  /// The user on whose behalf the call was made, without secrets.
  public package(set) var userID: String?
  /// Additional data, without secrets.
  public package(set) var metadata: [String: String]
  /// The error of an inner component of the same engine to which this error refers: the inner component counts the
  /// fault.
  public var causeID: LedgerID? {
    get { storedCause.id }
    set { storedCause.id = newValue }
  }
  private var storedCause: OptionalLedgerID
  /// The execution of an outer component of the same engine that made the call, when the outer execution's first attempt
  /// had failed; otherwise `nil`. A failure in an outer execution's first attempt that the outer component sees is
  /// found by ``causeID``.
  public var parentExecutionID: LedgerID? {
    get { storedParent.id }
    set { storedParent.id = newValue }
  }
  private var storedParent: OptionalLedgerID
  /// Number of failures in the row: 1, or more when the ledger merged errors.
  public var occurrences: Int

  /// Maximum length of a message in bytes, so that one error cannot fill a disk. Longer messages are cut.
  public static let maximumMessageLength = 8_192

  /// Makes a context. Redacts the secrets in every text.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, executionID: LedgerID? = nil,
    attempt: Int = 1, classification: ErrorClassification, type: String, message: String,
    fingerprint: Fingerprint? = nil, requestID: String? = nil, userID: String? = nil,
    metadata: [String: String] = [:], occurrences: Int = 1, causeID: LedgerID? = nil,
    parentExecutionID: LedgerID? = nil
  ) {
    self.init(
      id: id, at: at, component: component,
      RecordedCall(operation: operation, requestID: requestID, userID: userID, metadata: metadata),
      executionID: executionID, attempt: attempt,
      DetectedError(classification, type: type, message: message, fingerprint: fingerprint),
      occurrences: occurrences, causeID: causeID, parentExecutionID: parentExecutionID)
  }

  /// Makes a context of texts that are redacted.
  init(
    id: LedgerID, at: Timestamp, component: ComponentName, _ call: RecordedCall, executionID: LedgerID? = nil,
    attempt: Int = 1, _ error: DetectedError, occurrences: Int = 1, causeID: LedgerID? = nil,
    parentExecutionID: LedgerID? = nil
  ) {
    self.id = id
    self.at = at
    self.component = component
    operation = call.operation
    self.executionID = executionID
    storedAttempt = Int32(clamping: attempt)
    classification = error.classification
    type = error.type
    message = error.message
    fingerprint = error.fingerprint
    requestID = call.requestID
    userID = call.userID
    metadata = call.metadata
    self.occurrences = occurrences
    storedCause = OptionalLedgerID(causeID)
    storedParent = OptionalLedgerID(parentExecutionID)
  }

  /// The kind of failure.
  public var category: ErrorCategory { classification.category }
  /// The severity.
  public var severity: ErrorSeverity { classification.severity }

  /// Returns a copy that refers to the error of an inner component, whose row has the message.
  func reference(to inner: ComponentName, _ cause: LedgerID) -> ErrorContext {
    ErrorContext(
      id: id, at: at, component: component, operation: operation, executionID: executionID, attempt: attempt,
      classification: classification, type: type,
      message: "counted as error \(cause) of \(inner)", fingerprint: fingerprint,
      requestID: requestID, userID: userID, metadata: metadata, occurrences: occurrences,
      causeID: cause, parentExecutionID: parentExecutionID)
  }
}
