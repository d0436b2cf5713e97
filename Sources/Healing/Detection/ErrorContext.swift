/// A failed attempt, detected and classified: one row of the ledger.
public struct ErrorContext: Sendable, Hashable, Codable {
  /// The row's id, known before the row is written.
  public var id: LedgerID
  /// When the attempt failed.
  public var at: Timestamp
  /// The component that failed.
  public var component: ComponentName
  /// The call on it that failed, without secrets.
  public let operation: String
  /// The execution it belongs to; `nil` when it was reported from outside one.
  public var executionID: LedgerID?
  /// Which attempt of the execution failed, from 1, at most `Int32.max`.
  public var attempt: Int {
    get { Int(storedAttempt) }
    set { storedAttempt = Int32(clamping: newValue) }
  }
  /// Entries of the ledger's queue are copied several times, and most are errors: every byte of them costs.
  private var storedAttempt: Int32
  /// What was decided about it, and by which rule.
  public var classification: ErrorClassification
  /// The error's type, qualified where it is a Swift type.
  public let type: String
  /// What the error says, without secrets, at most ``maximumMessageLength`` bytes.
  public let message: String
  /// Equal for the same fault of one category over varying numbers, ids, ports, paths and quoted values.
  public var fingerprint: Fingerprint
  /// The caller's request id, without secrets.
  public package(set) var requestID: String?
  /// The user on whose behalf the call was made, without secrets.
  public package(set) var userID: String?
  /// Anything else, without secrets.
  public package(set) var metadata: [String: String]
  /// The error of an inner component of the same engine that this one refers to: the fault is counted there.
  public var causeID: LedgerID? {
    get { storedCause.id }
    set { storedCause.id = newValue }
  }
  private var storedCause: OptionalLedgerID
  /// How many failures the row stands for: 1, or more when the ledger had to merge.
  public var occurrences: Int

  private enum CodingKeys: String, CodingKey {
    case id, at, component, operation, executionID
    case storedAttempt = "attempt"
    case classification, type, message, fingerprint, requestID, userID, metadata
    case storedCause = "causeID"
    case occurrences
  }

  /// Longer messages are cut here, so that one error cannot fill a disk.
  public static let maximumMessageLength = 8_192

  /// A context from its parts. Secrets are removed from every text here.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, executionID: LedgerID? = nil,
    attempt: Int = 1, classification: ErrorClassification, type: String, message: String,
    fingerprint: Fingerprint? = nil, requestID: String? = nil, userID: String? = nil,
    metadata: [String: String] = [:], occurrences: Int = 1, causeID: LedgerID? = nil
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.operation = Redactor.redactName(operation)
    self.executionID = executionID
    storedAttempt = Int32(clamping: attempt)
    self.classification = classification
    self.type = Redactor.redactName(type)
    self.message = Redactor.redact(message, maximumLength: Self.maximumMessageLength)
    self.fingerprint =
      fingerprint
      ?? Fingerprint(type: self.type, message: self.message, category: classification.category)
    self.requestID = requestID.map(Redactor.redactName)
    self.userID = userID.map(Redactor.redactName)
    self.metadata = Redactor.redact(metadata)
    self.occurrences = occurrences
    storedCause = OptionalLedgerID(causeID)
  }

  /// What kind of thing failed.
  public var category: ErrorCategory { classification.category }
  /// How bad it is.
  public var severity: ErrorSeverity { classification.severity }

  /// The same as a reference to the error of an inner component, which has the message.
  func reference(to cause: ThrownErrors.Entry) -> ErrorContext {
    ErrorContext(
      id: id, at: at, component: component, operation: operation, executionID: executionID, attempt: attempt,
      classification: classification, type: type,
      message: "counted as error \(cause.errorID) of \(cause.component)", fingerprint: fingerprint,
      requestID: requestID, userID: userID, metadata: metadata, occurrences: occurrences,
      causeID: cause.errorID)
  }
}
