import Synchronization

// What follows when a call fails or is not let through: retries, strategies of the user's own, fallbacks. Each is a
// row of the ledger.

extension Component {
  // MARK: Entry points

  /// A call that was not let through: fallbacks, then the rejection itself.
  @usableFromInline
  func answerRejected<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?
  ) async throws -> Value {
    try await answerRejected(
      execution(operation, start, fallbacks: fallbacks, request: request, deadline: .max), start)
  }

  /// The first attempt has failed: everything that follows.
  @usableFromInline
  func recover<Value>(
    _ operation: String, _ start: Start, _ error: any Error, fallbacks: [Fallback<Value>],
    request: RequestInfo?, deadline: Int64, _ body: () async throws -> Value
  ) async throws -> Value {
    let execution = execution(operation, start, fallbacks: fallbacks, request: request, deadline: deadline)
    return try await recover(execution, start, error, undo: { _, _ in }, body)
  }

  /// An execution with limits of time.
  @usableFromInline
  func executeWithTimeLimits<Value>(
    _ operation: String, fallbacks: [Fallback<Value>], request: RequestInfo?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    try await executeInFull(operation, fallbacks: fallbacks, request: request, undo: { _, _ in }, body)
  }

  /// An execution with everything a policy can ask for.
  /// - Parameter undo: puts back what a failed attempt has changed, before anything else follows.
  func executeInFull<Value>(
    _ operation: String, fallbacks: [Fallback<Value>], request: RequestInfo?, input: (any Sendable)? = nil,
    undo: (Execution<Value>, LedgerID?) async -> Void, _ body: () async throws -> Value
  ) async throws -> Value {
    let start = begin()
    let execution = execution(
      operation, start, fallbacks: fallbacks, request: request, input: input,
      deadline: policy.timeouts.total.map { start.time.addingClamped($0.nanoseconds) } ?? .max)
    guard start.isAdmitted else { return try await answerRejected(execution, start) }
    let value: Value
    do {
      value = try await attempt(execution, body)
    } catch {
      return try await recover(execution, start, error, undo: undo, body)
    }
    succeed(start)
    return value
  }

  private func execution<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    input: (any Sendable)? = nil, deadline: Int64
  ) -> Execution<Value> {
    Execution(
      id: context.ledger.makeID(), operation: operation, fallbacks: fallbacks, request: request, input: input,
      deadline: deadline, begun: start.time)
  }

  // MARK: The order of things

  private func answerRejected<Value>(_ execution: Execution<Value>, _ start: Start) async throws -> Value {
    let (error, errorID) = rejection(start)
    // A cancelled caller does not use a fallback's value.
    if Task.isCancelled { throw error }
    let failure = FailedCall(
      error: error, component: name, operation: execution.operation,
      classification: context.detector.classify(error), errorID: errorID, input: execution.input)
    return try await fallBack(execution, failure)
  }

  private func recover<Value>(
    _ execution: Execution<Value>, _ start: Start, _ error: any Error,
    undo: (Execution<Value>, LedgerID?) async -> Void, _ body: () async throws -> Value
  ) async throws -> Value {
    guard var failure = note(error, start, execution, attempt: 1) else {
      await undo(execution, nil)
      throw error
    }
    await undo(execution, failure.errorID)
    if let value = try await retry(execution, &failure, undo: undo, body) { return value }
    if let value = try await askStrategies(execution, &failure, undo: undo, body) { return value }
    return try await fallBack(execution, failure)
  }

  /// Asks the strategies of the policy.
  /// - Returns: the value, or `nil` when none has helped; `failure` is then the last one.
  private func askStrategies<Value>(
    _ execution: Execution<Value>, _ failure: inout FailedCall,
    undo: (Execution<Value>, LedgerID?) async -> Void, _ body: () async throws -> Value
  ) async throws -> Value? {
    for strategy in policy.strategies where strategy.canRecover(failure) {
      let first = failure
      let begun = context.time.monotonicNanoseconds()
      noteStart(execution, first.errorID, strategy.action)
      var last = first
      var isCancelled = false
      let outcome = await TimeLimit.run(limit: left(of: execution), time: context.time) {
        await strategy.recover(first) {
          do {
            return try await self.repeated(execution, &last, undo: undo, body)
          } catch {
            isCancelled = context.detector.classify(error).isCancellation
            // Again: what was undone meanwhile has taken its place among the work under way.
            self.noteStart(execution, first.errorID, strategy.action)
            throw error
          }
        }
      }
      failure = last
      let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - begun)
      var result: RecoveryResult<Value> = .failed(timeout(execution, .execution))
      // A strategy that was cut off by the time reports a cancellation that nobody asked for.
      if case .value(let reported) = outcome,
        reported.outcome != .cancelled || Task.isCancelled || left(of: execution) != .zero
      {
        result = reported
        // The strategy does not know the engine's classifiers.
        let isOver = left(of: execution) == .zero
        if isCancelled && !isOver && result.outcome == .failed { result.outcome = .cancelled }
      }
      result = result.by(strategy, after: duration)
      noteRecovery(execution, first.errorID, result)
      if let value = result.value { return value }
      if result.outcome == .cancelled && (isCancelled || Task.isCancelled) {
        throw result.error ?? CancellationError()
      }
    }
    return nil
  }

  /// An attempt beyond the first that a strategy makes: let through, counted and written down like any other.
  private func repeated<Value>(
    _ execution: Execution<Value>, _ failure: inout FailedCall,
    undo: (Execution<Value>, LedgerID?) async -> Void, _ body: () async throws -> Value
  ) async throws -> Value {
    let start = begin().asRepetition
    guard start.isAdmitted else { throw rejection(start).error }
    let value: Value
    do {
      value = try await attempt(execution, body)
    } catch {
      let next = note(error, start, execution, attempt: failure.attempt + 1)
      failure = next ?? failure
      await undo(execution, next?.errorID)
      throw error
    }
    succeed(start)
    return value
  }

  /// Asks other sources for the value: those of the call, then those of the policy.
  private func fallBack<Value>(_ execution: Execution<Value>, _ failure: FailedCall) async throws -> Value {
    let fallbacks = execution.fallbacks + (policy.fallback?.sources(of: Value.self) ?? [])
    guard failure.classification.shouldFallback, fallbacks.contains(where: { $0.canAnswer(failure) }) else {
      throw failure.error
    }
    let begun = context.time.monotonicNanoseconds()
    noteStart(execution, failure.errorID, .fallback)
    let result = await FallbackStrategy.ask(
      fallbacks, failure, policy.fallback?.options ?? .standard, time: context.time)
    let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - begun)
    noteRecovery(execution, failure.errorID, result.by(FallbackStrategy(), after: duration))
    return try result.get()
  }

  // MARK: One attempt

  /// One attempt within its limits of time.
  func attempt<Value>(_ execution: Execution<Value>, _ body: () async throws -> Value) async throws -> Value {
    let left = left(of: execution)
    let limits = [left, policy.timeouts.attempt].compactMap(\.self)
    switch await TimeLimit.run(limit: limits.min(), time: context.time, body) {
    case .value(let value): return value
    case .failed(let error): throw error
    case .timedOut: throw timeout(execution, limits.min() == policy.timeouts.attempt ? .attempt : .execution)
    }
  }

  /// What is left of an execution's time; `nil` without a limit.
  private func left<Value>(of execution: Execution<Value>) -> Duration? {
    guard execution.deadline < .max else { return nil }
    return .nanoseconds(max(0, execution.deadline - context.time.monotonicNanoseconds()))
  }

  private func timeout<Value>(_ execution: Execution<Value>, _ scope: OperationTimeoutError.Scope)
    -> OperationTimeoutError
  {
    OperationTimeoutError(
      component: name, operation: execution.operation, scope: scope,
      limit: (scope == .attempt ? policy.timeouts.attempt : policy.timeouts.total) ?? .zero)
  }
}
