/// A call that has failed, as strategies and fallbacks are told of it.
public struct FailedCall: Sendable {
  /// What went wrong: the operation's own error, ``CircuitOpenError`` or ``BulkheadFullError``.
  public let error: any Error
  /// The component that failed.
  public let component: ComponentName
  /// The call on it.
  public let operation: String
  /// How the error was classified.
  public let classification: ErrorClassification
  /// The error's row in the ledger; `nil` outside an engine, and for a call that a full bulkhead did not let through.
  public let errorID: LedgerID?
  /// Which attempt of the execution failed, from 1.
  public let attempt: Int
  /// What the call was made with, where it was told: ``Component/execute(_:input:fallbacks:request:_:)``.
  public let input: (any Sendable)?

  /// A failure from its parts.
  public init(
    error: any Error, component: ComponentName, operation: String, classification: ErrorClassification,
    errorID: LedgerID? = nil, attempt: Int = 1, input: (any Sendable)? = nil
  ) {
    self.error = error
    self.component = component
    self.operation = operation
    self.classification = classification
    self.errorID = errorID
    self.attempt = attempt
    self.input = input
  }

  /// What kind of thing failed.
  public var category: ErrorCategory { classification.category }

  /// Whether the caller gave up: neither success nor failure. Costs little; of an error that wraps another or says so in
  /// words, only its classification knows.
  static func isPlainCancellation(_ error: any Error) -> Bool {
    // A limit of time cancels only the operation's own child task, never this one.
    Task.isCancelled || error is CancellationError
  }
}
