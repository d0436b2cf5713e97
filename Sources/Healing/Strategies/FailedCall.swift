/// A failed or rejected call, as strategies and fallbacks receive it.
public struct FailedCall: Sendable {
  /// The operation's error, ``OperationTimeoutError``, ``UnacceptableResultError``, ``CircuitOpenError`` or
  /// ``BulkheadFullError``.
  public let error: any Error
  /// The component.
  public let component: ComponentName
  /// The operation's name.
  public let operation: String
  /// The error's classification.
  public let classification: ErrorClassification
  /// The id of the error's row in the ledger, for an open circuit that of the error that tripped it; `nil`
  /// outside an engine, and for a call that a full bulkhead or a forced-open circuit rejected.
  public let errorID: LedgerID?
  /// Number of the execution's attempt that failed, from 1.
  public let attempt: Int
  /// The call's input, if it was passed: ``Component/execute(_:input:fallbacks:request:_:)``.
  public let input: (any Sendable)?

  /// Creates a failed call.
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

  /// The error's category.
  public var category: ErrorCategory { classification.category }

  /// Whether the caller cancelled the call, which is neither success nor failure. A cheap check: only
  /// classification finds a cancellation that is wrapped in another error or named in its text.
  static func isPlainCancellation(_ error: any Error) -> Bool {
    // A time limit cancels only the operation's child task, never this one.
    Task.isCancelled || error is CancellationError
  }
}
