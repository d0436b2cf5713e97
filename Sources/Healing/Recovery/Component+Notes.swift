// What an execution records of its recoveries.

extension Component {
  /// A recovery is under way.
  func noteStart<Value>(_ execution: Execution<Value>, _ errorID: LedgerID?, _ action: RecoveryAction) {
    context.note(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution.id, at: context.time.wallClock(), component: name,
          operation: execution.operation, action: action, errorID: errorID,
          requestID: execution.request?.requestID, userID: execution.request?.userID)))
  }

  /// A recovery has ended. A custom strategy's name goes with it.
  /// - Parameter gaveUp: why, if it has not succeeded and was not cancelled.
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
