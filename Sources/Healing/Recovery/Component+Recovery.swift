import Synchronization

// The recovery of failed and rejected calls: retries, strategies, fallbacks. Each recovery is a row of the
// ledger, and each execution has one outcome.

extension Component {
  // MARK: Entry points

  /// Completes a plain execution whose first attempt failed.
  @usableFromInline
  func recover<Value>(
    _ operation: String, _ start: Start, _ error: any Error, fallbacks: [Fallback<Value>],
    request: RequestInfo?, _ body: () async throws -> Value
  ) async throws -> Value {
    let execution = ValueExecution(
      self, operation, startedAt: start.time, fallbacks: fallbacks, request: request)
    try await recoverFirst(execution, start, error) { try await execution.set(by: body) }
    return try execution.get()
  }

  private func recoverFirst(
    _ execution: Execution, _ start: Start, _ error: any Error, _ body: () async throws -> Void
  ) async throws {
    let failed = AttemptResult(result: .failure(error), task: ThrownErrors.currentTask)
    let end = await end(failed, start, execution, attempt: 1, isCounted: false, undo: { _, _ in nil })
    try await recover(execution, end, undo: { _, _ in nil }, body)
  }

  /// Runs an execution that was rejected, or that has time limits, a judge or an observer.
  @usableFromInline
  func executeInFull<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    try await executeInFull(
      ValueExecution(self, operation, startedAt: start.time, fallbacks: fallbacks, request: request), start,
      undo: { _, _ in nil }, body)
  }

  /// Runs an execution with every part of the policy.
  /// - Parameter undo: restores what a failed attempt changed, before any recovery. Returns whether that
  ///   succeeded; `nil` when there was nothing to undo.
  func executeInFull<Value>(
    _ execution: ValueExecution<Value>, _ start: Start, undo: (Execution, LedgerID?) async -> Bool?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    try await execute(execution, start, undo: undo) { try await execution.set(by: body) }
    return try execution.get()
  }

  private func execute(
    _ execution: Execution, _ start: Start, undo: (Execution, LedgerID?) async -> Bool?,
    _ body: () async throws -> Void
  ) async throws {
    guard start.isAdmitted else { return try await answerRejected(execution, start) }
    let result = await attempt(execution, body)
    let end = await end(result, start, execution, attempt: 1, isCounted: false, undo: undo)
    try await recover(execution, end, undo: undo, body)
  }

  // MARK: Stages

  /// Answers a rejected call: by a fallback, otherwise by throwing the rejection.
  private func answerRejected(_ execution: Execution, _ start: Start) async throws {
    recordRejection(
      execution.operation, start, attempt: 1, request: execution.request, execution: execution.id)
    let error = rejectionError(start)
    let failure = FailedCall(
      error: error, component: name, operation: execution.operation,
      classification: context.detector.classify(error), errorID: start.rejection?.errorID,
      input: execution.input)
    let trouble = Trouble(failure: failure, isCounted: true)
    // A cancelled caller does not use a fallback's value.
    if Task.isCancelled { return try giveUp(execution, trouble) }
    try await fallBack(execution, trouble)
  }

  /// Handles the end of the first attempt: retries, strategies and fallbacks after a failure.
  private func recover(
    _ execution: Execution, _ end: AttemptEnd,
    undo: (Execution, LedgerID?) async -> Bool?, _ body: () async throws -> Void
  ) async throws {
    switch end {
    case .succeeded: return
    case .final(let final): try final.result.get()
    case .cancelled(let error): throw error
    case .failed(var trouble):
      if try await retry(execution, &trouble, undo: undo, body) { return }
      if try await runStrategies(execution, &trouble, undo: undo, body) { return }
      try await fallBack(execution, trouble)
    }
  }

  /// Runs the policy's strategies in order.
  /// - Returns: whether a strategy succeeded, which sets the value.
  private func runStrategies(
    _ execution: Execution, _ trouble: inout Trouble,
    undo: (Execution, LedgerID?) async -> Bool?, _ body: () async throws -> Void
  ) async throws -> Bool {
    for strategy in execution.policy.strategies where strategy.canRecover(trouble.failure) {
      let first = trouble.failure
      let startedAt = context.time.monotonicNanoseconds()
      recordStart(execution, first.errorID, strategy.action)
      var last = trouble
      var isCancelled = false
      var attemptsMade = 0
      let outcome = await withDeadline(limit: remainingTime(of: execution), time: context.time) {
        await execution.recover(first, by: strategy) {
          do {
            try await self.retryAttempt(execution, &last, &attemptsMade, undo: undo, body)
          } catch {
            isCancelled = context.detector.classify(error).isCancellation
            // Recorded again: a rollback start has the same key and may have replaced this one.
            self.recordStart(execution, first.errorID, strategy.action)
            throw error
          }
        }
      }
      trouble = last
      let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - startedAt)
      var result: RecoveryResult<Void> = .failed(timeout(execution, .execution))
      var gaveUp = RecoveryRecord.GaveUp.deadline
      // A strategy cancelled by the time limit reports a cancellation that the caller did not request.
      if case .value(let reported) = outcome,
        reported.outcome != .cancelled || Task.isCancelled || remainingTime(of: execution) != .zero
      {
        result = reported
        gaveUp = reported.gaveUp ?? .attempts
        // The strategy does not know the engine's classifiers, so it may report a cancellation as a failure.
        let isOver = remainingTime(of: execution) == .zero
        if isCancelled && !isOver && result.outcome == .failed { result.outcome = .cancelled }
      }
      // A verdict that is final for a thrown error, or for an error of the caller, ends the execution, whatever the
      // strategy returns.
      let final = trouble.final.flatMap { $0.endsExecution ? $0 : nil }
      if let final {
        result = RecoveryResult(
          final.isAnswer ? .succeeded : .failed, nil, nil, result.attempts,
          final.isAnswer ? "an attempt was answered" : "an attempt ended as an error of the caller",
          result.metadata)
        gaveUp = .notTransient
      }
      result = result.by(strategy, after: duration)
      if strategy.action.isRetry && attemptsMade == 0 && !result.success {
        // A retry that made no attempt is no recovery.
        context.note(.recoveryEnded(execution.id))
      } else {
        recordRecovery(execution, first.errorID, result, gaveUp)
      }
      if let final {
        if trouble.isCounted { record(trouble.outcome(of: final)) }
        try final.result.get()
        return true
      }
      if result.value != nil {
        if trouble.isCounted { record(.saved) }
        return true
      }
      if result.success && strategy.action == .rollback { trouble.isUndone = trouble.isUndone ?? true }
      if result.outcome == .cancelled && (isCancelled || Task.isCancelled) {
        if trouble.isCounted { record(.interrupted) }
        throw result.error ?? CancellationError()
      }
    }
    return false
  }

  /// Makes a strategy's additional attempt.
  /// - Parameter made: number of the strategy's attempts that were made.
  private func retryAttempt(
    _ execution: Execution, _ trouble: inout Trouble, _ made: inout Int,
    undo: (Execution, LedgerID?) async -> Bool?, _ body: () async throws -> Void
  ) async throws {
    // The verdict of an earlier attempt has ended the execution.
    if let final = trouble.final, final.endsExecution { return try final.result.get() }
    let repeated = await repeatAttempt(execution, &trouble, inStrategy: true, undo: undo, body)
    if case .ended = repeated { made += 1 }
    switch repeated {
    case .rejected(let start): throw rejectionError(start)
    case .ended(.succeeded): trouble.isCounted = true
    case .ended(.final(let final)):
      trouble.final = final
      // An error that was judged a success is a counted success.
      if final.endsExecution && final.isAnswer { trouble.isCounted = true }
      try final.result.get()
    case .ended(.cancelled(let error)): throw error
    case .ended(.failed(let next)):
      trouble.follow(next)
      throw next.failure.error
    }
  }

  /// Runs the fallbacks: those of the call, then those of the policy.
  private func fallBack(_ execution: Execution, _ trouble: Trouble) async throws {
    let failure = trouble.failure
    guard failure.classification.shouldFallback else { return try giveUp(execution, trouble) }
    let fit = execution.fallbackFit(for: failure)
    if fit == .none { return try giveUp(execution, trouble) }
    let startedAt = context.time.monotonicNanoseconds()
    recordStart(execution, failure.errorID, .fallback)
    let result: RecoveryResult<Void> =
      if fit == .otherType {
        RecoveryResult(
          .failed, nil, failure.error, 0,
          "the policy has no fallback that returns \(execution.valueType); it has \(execution.policy.fallback?.valueTypes ?? "none")",
          [:])
      } else {
        await ParentExecution.$id.withValue(execution.id) {
          await execution.fallBack(failure, time: context.time)
        }
      }
    let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - startedAt)
    let recorded = result.by(.fallback, after: duration)
    recordRecovery(execution, failure.errorID, recorded, .attempts)
    if recorded.value != nil { return record(.degraded) }
    if recorded.outcome == .cancelled {
      record(.interrupted)
      throw recorded.error ?? failure.error
    }
    try giveUp(execution, trouble)
  }

  /// Ends an execution after every recovery failed. A value that was judged a failure remains its value.
  /// - Throws: the failure's error, unless there is such a value.
  func giveUp(_ execution: Execution, _ trouble: Trouble) throws {
    if trouble.isCounted {
      record(Task.isCancelled ? .interrupted : trouble.isUndone == true ? .undone : .lost)
    }
    if trouble.hasValue { return execution.useJudgedValue() }
    let failure = trouble.failure
    if let errorID = failure.errorID, !failure.classification.isLocalRejection {
      context.keepThrown(failure.error, component: name, errorID: errorID)
    }
    throw failure.error
  }

  // MARK: Records of recoveries

  /// Records the start of a recovery.
  func recordStart(_ execution: Execution, _ errorID: LedgerID?, _ action: RecoveryAction) {
    context.note(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution.id, at: context.time.wallClock(), component: name,
          execution.recorded, action: action, errorID: errorID)))
  }

  /// Records the end of a recovery, with the name of a custom strategy.
  /// - Parameter gaveUp: why the recovery failed; used only when its outcome is `failed` or `interrupted`.
  func recordRecovery(
    _ execution: Execution, _ errorID: LedgerID?, _ result: RecoveryResult<Void>,
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
    var recovery = RecoveryRecord(
      id: context.ledger.makeID(), at: context.time.wallClock(), component: name, execution.recorded,
      executionID: execution.id, errorID: errorID, action: result.action, outcome: result.outcome,
      attempts: result.attempts, duration: result.duration, message: result.message, metadata: metadata,
      gaveUp: reason)
    recovery.parentExecutionID = execution.parent
    context.note(.recovery(recovery))
  }

  // MARK: Deadline

  /// Returns the execution's remaining time; `nil` without a deadline.
  func remainingTime(of execution: Execution) -> Duration? {
    guard execution.deadline < .max else { return nil }
    return .nanoseconds(max(0, execution.deadline - context.time.monotonicNanoseconds()))
  }

  func timeout(_ execution: Execution, _ scope: OperationTimeoutError.Scope)
    -> OperationTimeoutError
  {
    let timeouts = execution.policy.timeouts
    return OperationTimeoutError(
      component: name, operation: execution.operation, scope: scope,
      limit: (scope == .attempt ? timeouts.attempt : timeouts.total) ?? .zero)
  }
}

extension RecoveryAction {
  fileprivate var isRetry: Bool { self == .retry || self == .retryBackoff }
}
