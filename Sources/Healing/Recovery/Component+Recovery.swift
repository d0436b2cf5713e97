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
    let execution = execution(operation, start, fallbacks: fallbacks, request: request)
    let failed = AttemptResult<Value>(result: .failure(error), task: ThrownErrors.currentTask)
    let end = await end(
      failed, start, execution, attempt: 1, isCounted: false, undo: { _, _ in nil })
    return try await recover(execution, end, undo: { _, _ in nil }, body)
  }

  /// Runs an execution that was rejected, or that has time limits, a judge or an observer.
  @usableFromInline
  func executeInFull<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    try await executeInFull(
      operation, start, fallbacks: fallbacks, request: request, undo: { _, _ in nil }, body)
  }

  /// Runs an execution with every part of the policy.
  /// - Parameter undo: restores what a failed attempt changed, before any recovery. Returns whether that
  ///   succeeded; `nil` when there was nothing to undo.
  func executeInFull<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    input: (any Sendable)? = nil, judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil,
    undo: (Execution<Value>, LedgerID?) async -> Bool?, _ body: () async throws -> Value
  ) async throws -> Value {
    let execution = execution(
      operation, start, fallbacks: fallbacks, request: request, input: input, judge: judge)
    guard start.isAdmitted else { return try await answerRejected(execution, start) }
    let result = await attempt(execution, body)
    let end = await end(result, start, execution, attempt: 1, isCounted: false, undo: undo)
    return try await recover(execution, end, undo: undo, body)
  }

  private func execution<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    input: (any Sendable)? = nil, judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil
  ) -> Execution<Value> {
    let shared = sharedPolicy
    return Execution(
      id: context.ledger.makeID(), operation: operation, sharedPolicy: shared, fallbacks: fallbacks,
      request: request ?? .current, input: input, judge: judge,
      deadline: shared.policy.timeouts.total.map { start.time.addingClamped($0.nanoseconds) } ?? .max,
      begun: start.time)
  }

  // MARK: Stages

  /// Answers a rejected call: by a fallback, otherwise by throwing the rejection.
  private func answerRejected<Value>(_ execution: Execution<Value>, _ start: Start) async throws -> Value {
    recordRejection(
      execution.operation, start, attempt: 1, request: execution.request, execution: execution.id)
    let error = rejectionError(start)
    let failure = FailedCall(
      error: error, component: name, operation: execution.operation,
      classification: context.detector.classify(error), errorID: start.rejection?.errorID,
      input: execution.input)
    let trouble = Trouble<Value>(failure: failure, isCounted: true)
    // A cancelled caller does not use a fallback's value.
    if Task.isCancelled { return try giveUp(trouble) }
    return try await fallBack(execution, trouble)
  }

  /// Handles the end of the first attempt: retries, strategies and fallbacks after a failure.
  private func recover<Value>(
    _ execution: Execution<Value>, _ end: AttemptEnd<Value>,
    undo: (Execution<Value>, LedgerID?) async -> Bool?, _ body: () async throws -> Value
  ) async throws -> Value {
    switch end {
    case .succeeded(let value): return value
    case .final(let result, _): return try result.get()
    case .cancelled(let error): throw error
    case .failed(var trouble):
      if let value = try await retry(execution, &trouble, undo: undo, body) { return value }
      if let value = try await runStrategies(execution, &trouble, undo: undo, body) { return value }
      return try await fallBack(execution, trouble)
    }
  }

  /// Runs the policy's strategies in order.
  /// - Returns: the value, or `nil` when no strategy succeeded.
  private func runStrategies<Value>(
    _ execution: Execution<Value>, _ trouble: inout Trouble<Value>,
    undo: (Execution<Value>, LedgerID?) async -> Bool?, _ body: () async throws -> Value
  ) async throws -> Value? {
    for strategy in execution.policy.strategies where strategy.canRecover(trouble.failure) {
      let first = trouble.failure
      let begun = context.time.monotonicNanoseconds()
      noteStart(execution, first.errorID, strategy.action)
      var last = trouble
      var isCancelled = false
      let outcome = await withDeadline(limit: left(of: execution), time: context.time) {
        await strategy.recover(first) {
          do {
            return try await self.retryAttempt(execution, &last, undo: undo, body)
          } catch {
            isCancelled = context.detector.classify(error).isCancellation
            // Recorded again: a rollback start has the same key and may have replaced this one.
            self.noteStart(execution, first.errorID, strategy.action)
            throw error
          }
        }
      }
      trouble = last
      let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - begun)
      var result: RecoveryResult<Value> = .failed(timeout(execution, .execution))
      var gaveUp = RecoveryRecord.GaveUp.deadline
      // A strategy cancelled by the time limit reports a cancellation that the caller did not request.
      if case .value(let reported) = outcome,
        reported.outcome != .cancelled || Task.isCancelled || left(of: execution) != .zero
      {
        result = reported
        gaveUp = .attempts
        // The strategy does not know the engine's classifiers, so it may report a cancellation as a failure.
        let isOver = left(of: execution) == .zero
        if isCancelled && !isOver && result.outcome == .failed { result.outcome = .cancelled }
      }
      // A final verdict on an attempt ends the execution, whatever the strategy returns.
      let final = trouble.final
      if let final, case .failure = final.result {
        result = RecoveryResult(
          final.isAnswer ? .succeeded : .failed, nil, nil, result.attempts,
          final.isAnswer ? "an attempt was answered" : "an attempt ended as an error of the caller",
          result.metadata)
        gaveUp = .notTransient
      }
      result = result.by(strategy, after: duration)
      noteRecovery(execution, first.errorID, result, gaveUp)
      if let final, case .failure(let error) = final.result {
        if final.isAnswer { record(.saved) } else if trouble.isCounted { record(.lost) }
        throw error
      }
      if let value = result.value {
        record(.saved)
        return value
      }
      if result.success && strategy.action == .rollback { trouble.isUndone = trouble.isUndone ?? true }
      if result.outcome == .cancelled && (isCancelled || Task.isCancelled) {
        if trouble.isCounted { record(.interrupted) }
        throw result.error ?? CancellationError()
      }
    }
    return nil
  }

  /// Makes a strategy's additional attempt.
  private func retryAttempt<Value>(
    _ execution: Execution<Value>, _ trouble: inout Trouble<Value>,
    undo: (Execution<Value>, LedgerID?) async -> Bool?, _ body: () async throws -> Value
  ) async throws -> Value {
    switch await repeatAttempt(execution, &trouble, undo: undo, body) {
    case .rejected(let start): throw rejectionError(start)
    case .ended(.succeeded(let value)): return value
    case .ended(.final(let result, let isAnswer)):
      trouble.final = (result, isAnswer)
      return try result.get()
    case .ended(.cancelled(let error)): throw error
    case .ended(.failed(let next)):
      trouble.follow(next)
      throw next.failure.error
    }
  }

  /// Runs the fallbacks: those of the call, then those of the policy.
  private func fallBack<Value>(_ execution: Execution<Value>, _ trouble: Trouble<Value>) async throws -> Value
  {
    let failure = trouble.failure
    let policy = execution.policy
    let fallbacks = execution.fallbacks + (policy.fallback?.sources(of: Value.self) ?? [])
    // The policy has fallbacks, but only for other types: recorded in the ledger.
    let isMismatch = fallbacks.isEmpty && policy.fallback?.valueTypes.isEmpty == false
    guard failure.classification.shouldFallback,
      isMismatch || fallbacks.contains(where: { $0.canAnswer(failure) })
    else { return try giveUp(trouble) }
    let begun = context.time.monotonicNanoseconds()
    noteStart(execution, failure.errorID, .fallback)
    let result: RecoveryResult<Value> =
      if isMismatch {
        .failed(
          failure.error, attempts: 0,
          message:
            "the policy has no fallback that returns \(Value.self); it has \(policy.fallback?.valueTypes ?? "none")"
        )
      } else {
        await FallbackStrategy.ask(
          fallbacks, failure, policy.fallback?.options ?? .standard, time: context.time)
      }
    let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - begun)
    let recorded = result.by(FallbackStrategy(), after: duration)
    noteRecovery(execution, failure.errorID, recorded, .attempts)
    if let value = recorded.value {
      record(.degraded)
      return value
    }
    if recorded.outcome == .cancelled {
      record(.interrupted)
      throw recorded.error ?? failure.error
    }
    return try giveUp(trouble)
  }

  /// Ends an execution after every recovery failed.
  /// - Returns: the last value that was judged a failure, if there is one; otherwise it throws the failure's
  ///   error.
  func giveUp<Value>(_ trouble: Trouble<Value>) throws -> Value {
    if trouble.isCounted {
      record(Task.isCancelled ? .interrupted : trouble.isUndone == true ? .undone : .lost)
    }
    if let value = trouble.value { return value }
    let failure = trouble.failure
    if let errorID = failure.errorID, !failure.classification.isLocalRejection {
      context.rememberThrown(failure.error, component: name, errorID: errorID)
    }
    throw failure.error
  }

  // MARK: Records of recoveries

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

  // MARK: Deadline

  /// Returns the execution's remaining time; `nil` without a deadline.
  func left<Value>(of execution: Execution<Value>) -> Duration? {
    guard execution.deadline < .max else { return nil }
    return .nanoseconds(max(0, execution.deadline - context.time.monotonicNanoseconds()))
  }

  func timeout<Value>(_ execution: Execution<Value>, _ scope: OperationTimeoutError.Scope)
    -> OperationTimeoutError
  {
    let timeouts = execution.policy.timeouts
    return OperationTimeoutError(
      component: name, operation: execution.operation, scope: scope,
      limit: (scope == .attempt ? timeouts.attempt : timeouts.total) ?? .zero)
  }
}
