// What an execution writes down.

extension Component {
  /// Detects a failed attempt and writes it down.
  /// - Returns: `nil` when the attempt was cancelled: it is counted so, and no error is written down.
  func note<Value>(_ error: any Error, _ start: Start, _ execution: Execution<Value>, attempt: Int)
    -> FailedCall?
  {
    if FailedCall.isPlainCancellation(error) {
      cancel(start)
      return nil
    }
    let request = execution.request
    let detected = context.detector.detect(
      error, component: name, operation: execution.operation, requestID: request?.requestID,
      userID: request?.userID, metadata: request?.metadata ?? [:], executionID: execution.id, attempt: attempt
    )
    if detected.classification.isCancellation {
      cancel(start)
      return nil
    }
    fail(start, detected)
    return FailedCall(
      error: error, component: name, operation: execution.operation, classification: detected.classification,
      errorID: detected.id, attempt: attempt, input: execution.input)
  }

  /// Writes down a call that was not made, and says why it was not.
  @usableFromInline
  func rejection(_ start: Start) -> (error: any Error, errorID: LedgerID?) {
    recordRejection(start)
    if let rejection = start.rejection {
      let error = CircuitOpenError(
        component: name, retryAfter: rejection.retryAfter.map { .nanoseconds($0) },
        errorID: rejection.errorID)
      return (error, rejection.errorID)
    }
    return (BulkheadFullError(component: name, limit: start.bulkheadLimit), nil)
  }

  /// A recovery is under way.
  func noteStart<Value>(_ execution: Execution<Value>, _ errorID: LedgerID?, _ action: RecoveryAction) {
    context.note(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution.id, at: context.time.wallClock(), component: name,
          operation: execution.operation, action: action, errorID: errorID)))
  }

  /// A recovery has ended. A custom strategy's name goes with it.
  func noteRecovery<Value, Recovered>(
    _ execution: Execution<Value>, _ errorID: LedgerID?, _ result: RecoveryResult<Recovered>
  ) {
    var metadata = result.metadata
    if result.action == .custom { metadata["strategy"] = result.strategy }
    context.note(
      .recovery(
        RecoveryRecord(
          id: context.ledger.makeID(), at: context.time.wallClock(), component: name,
          operation: execution.operation, executionID: execution.id, errorID: errorID, action: result.action,
          outcome: result.outcome, attempts: result.attempts, duration: result.duration,
          message: result.message,
          metadata: metadata)))
  }
}
