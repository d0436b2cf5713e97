import Healing

/// `POST /errors`
struct ReportedErrorResponse: Encodable {
  let errorId: LedgerID
  let component: ComponentName
  let category: ErrorCategory
  let severity: ErrorSeverity
  let transient: Bool
  let shouldRetry: Bool
  let shouldFallback: Bool
  let shouldCircuitBreak: Bool
  let retryDelayMs: OrNull<Double>
  let rule: String
  let fingerprint: Fingerprint
  let circuit: OrNull<CircuitState>
  let durable: Bool
  let mayBeLost: Bool

  /// - Parameter circuit: state after the error was counted; `nil` when the component has no breaker.
  init(_ error: ErrorContext, circuit: CircuitState?, durable: Bool) {
    self.circuit = OrNull(circuit)
    errorId = error.id
    component = error.component
    category = error.category
    severity = error.severity
    transient = error.classification.isTransient
    shouldRetry = error.classification.shouldRetry
    shouldFallback = error.classification.shouldFallback
    shouldCircuitBreak = error.classification.shouldCircuitBreak
    retryDelayMs = OrNull(error.classification.retryDelay?.milliseconds)
    rule = error.classification.rule
    fingerprint = error.fingerprint
    self.durable = durable
    mayBeLost = !durable
  }
}

/// `POST /samples`
struct ReportedSamplesResponse: Encodable {
  let recorded: Int
  let durable: Bool
  let mayBeLost: Bool
}

/// `POST /recoveries`
struct ReportedRecoveryResponse: Encodable {
  let recoveryId: LedgerID
  let component: ComponentName
  let action: RecoveryAction
  let success: Bool
  let durable: Bool
  let mayBeLost: Bool
}
