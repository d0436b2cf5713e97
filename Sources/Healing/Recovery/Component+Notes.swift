// Recording an execution's recoveries.

extension Component {
  /// Records the start of a recovery.
  func noteStart<Value>(_ execution: Execution<Value>, _ errorID: LedgerID?, _ action: RecoveryAction) {
    context.note(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution.id, at: context.time.wallClock(), component: name,
          operation: execution.operation, action: action, errorID: errorID,
          requestID: execution.request?.requestID, userID: execution.request?.userID)))
  }

  /// Records the end of a recovery, with the name of a custom strategy.
  /// - Parameter gaveUp: why the recovery failed; used only when its outcome is `failed` or `interrupted`.
  func noteRecovery<Value, Recovered>(
    _ execution: Execution<Value>, _ errorID: LedgerID?, _ result: RecoveryResult<Recovered>,
    _ gaveUp: RecoveryRecord.GaveUp?
  ) {
    var metadata = result.metadata
    if result.action == .custom { metadata["strategy"] = result.strategy }
    let reason: RecoveryRecord.GaveUp? =
      switch result.outcome {
      case .succeeded: nil
      case .cancelled: .cancelled
      case .failed, .interrupted: gaveUp
      }
    context.note(
      .recovery(
        RecoveryRecord(
          id: context.ledger.makeID(), at: context.time.wallClock(), component: name,
          operation: execution.operation, executionID: execution.id, errorID: errorID, action: result.action,
          outcome: result.outcome, attempts: result.attempts, duration: result.duration,
          message: result.message, metadata: metadata, requestID: execution.request?.requestID,
          userID: execution.request?.userID, gaveUp: reason)))
  }
}
