// One attempt of an execution: admission, operation, judgement, count.

/// How an attempt beyond the first of its execution ended.
enum RepeatedAttempt {
  /// The circuit or the bulkhead rejected it; the rejection is recorded.
  case rejected(Component.Start)
  case ended(AttemptEnd)
}

extension Component {
  /// Makes an attempt beyond the first of its execution: admitted, counted and recorded like the first.
  /// - Parameters:
  ///   - trouble: the failures so far. An attempt that is rejected counts the execution.
  ///   - undo: restores what a failed attempt changed.
  func repeatAttempt(
    _ execution: Execution, _ trouble: inout Trouble, inStrategy: Bool = false,
    undo: (Execution, LedgerID?) async -> Bool?, _ body: () async throws -> Void
  ) async -> RepeatedAttempt {
    let number = trouble.failure.attempt + 1
    let start = beginRepetition(execution.operation)
    guard start.isAdmitted else {
      recordRejection(
        execution.operation, start, attempt: number, request: execution.request, execution: execution.id,
        isExtra: trouble.isCounted)
      trouble.isCounted = true
      return .rejected(start)
    }
    // A function, because a closure here would not run on the caller's actor.
    func runAsParent(_ body: @escaping () async throws -> Void) async throws {
      let isolation: (any Actor)? = #isolation
      guard let caller = isolation else {
        return try await ParentExecution.$id.withValue(execution.id, operation: body)
      }
      let held = HeldBody(body: body)
      try await ParentExecution.$id.withValue(execution.id) { try await Self.run(held, on: caller) }
    }
    func bodyOfParent() async throws { try await withoutActuallyEscaping(body, do: runAsParent) }
    let result = await attempt(execution, inStrategy: inStrategy, bodyOfParent)
    return .ended(
      await end(result, start, execution, attempt: number, isCounted: trouble.isCounted, undo: undo))
  }

  /// `@unchecked Sendable`: the caller is suspended while the operation runs, and the operation runs on the caller's actor, so no
  /// two tasks of this call use its captures at once.
  private struct HeldBody: @unchecked Sendable {
    let body: nonisolated(nonsending) () async throws -> Void
  }

  private static func run(_ held: HeldBody, on _: isolated any Actor) async throws {
    try await held.body()
  }

  /// Makes one attempt within its time limits.
  /// - Parameter inStrategy: whether a strategy makes the attempt.
  func attempt(_ execution: Execution, inStrategy: Bool = false, _ body: () async throws -> Void) async
    -> AttemptResult
  {
    let left = remainingTime(of: execution)
    let perAttempt = execution.policy.timeouts.attempt
    let limits = [left, perAttempt].compactMap(\.self)
    var task = ThrownErrors.currentTask
    let outcome = await withDeadline(limit: limits.min(), time: context.time) {
      task = ThrownErrors.currentTask
      try await body()
    }
    switch outcome {
    case .value: return AttemptResult(result: .success(()), task: task)
    // A strategy also runs under the execution's time limit, which may cancel the attempt first. Any other attempt runs in the
    // caller's task, which only the caller cancels.
    case .failed(let error)
    where isOver(execution) && (inStrategy ? FailedCall.isPlainCancellation(error) : isLate(error)):
      return AttemptResult(result: .failure(timeout(execution, .execution)), task: task)
    case .failed(let error): return AttemptResult(result: .failure(error), task: task)
    case .timedOut:
      let scope: OperationTimeoutError.Scope = limits.min() == perAttempt ? .attempt : .execution
      return AttemptResult(result: .failure(timeout(execution, scope)), task: task)
    }
  }

  private func isLate(_ error: any Error) -> Bool { !Task.isCancelled && error is CancellationError }

  /// Whether the execution's deadline has passed.
  private func isOver(_ execution: Execution) -> Bool { remainingTime(of: execution) == .zero }

  /// Judges, counts and records an attempt's result, and undoes what a failed attempt changed.
  /// - Parameters:
  ///   - number: number of the attempt, from 1.
  ///   - isCounted: whether an earlier sample counts the execution.
  func end(
    _ attempt: AttemptResult, _ start: Start, _ execution: Execution, attempt number: Int,
    isCounted: Bool, undo: (Execution, LedgerID?) async -> Bool?
  ) async -> AttemptEnd {
    let result = attempt.result
    if case .failure(let error) = result, FailedCall.isPlainCancellation(error),
      !(error is OperationTimeoutError && isOver(execution))
    {
      return await cancelled(error, start, execution, attempt: number, undo)
    }
    var inner: ThrownErrors.Entry?
    if case .failure(let error) = result {
      inner = context.cause(of: error, in: name, task: attempt.task, before: start.thrownErrors)
    }
    // A cancelled attempt is not judged. What an inner component judged no failure is none here either.
    let verdict = Task.isCancelled ? nil : execution.verdict(on: result) ?? inner?.verdict
    var judged: ErrorClassification?
    switch (result, verdict) {
    case (.success, nil), (.success, .success):
      if number == 1 { succeed(start) } else { succeed(start, isExtra: isCounted, ended: nil) }
      observe(execution, number, .success, start)
      return .succeeded
    case (_, .ignored):
      ignore(start)
      observe(execution, number, nil, start)
      guard case .failure(let error) = result else {
        return .final(FinalResult(result: result, isAnswer: true))
      }
      let isUndone = await undo(execution, nil)
      context.keepThrown(error, component: name, errorID: nil, verdict: .ignored)
      return .final(FinalResult(result: result, isAnswer: false, isUndone: isUndone))
    case (.failure(let error), .success):
      succeed(start, isExtra: isCounted, ended: nil)
      observe(execution, number, .success, start)
      // The component answered, but the caller sees the operation throw.
      _ = await undo(execution, nil)
      context.keepThrown(error, component: name, errorID: nil, verdict: .success)
      return .final(FinalResult(result: result, isAnswer: true))
    case (.failure, .failure(let category?, let isTransient)):
      judged = ErrorClassification(
        category: category.ofFailure, isTransient: isTransient, rule: "judge")
    case (.failure, .callerError), (.failure, .failure(nil, _)), (.failure, nil), (.success, .failure),
      (.success, .callerError):
      break
    }
    let isCallerError = verdict == .callerError
    let (error, hasValue) = Self.error(of: result, verdict, execution)
    var detected = detect(error, judged, inner, execution, attempt: number)
    if case .failure(_, let isTransient) = verdict {
      // The verdict overrides the error's classification.
      detected.classification.isLocalRejection = false
      detected.classification.isCancellation = false
      detected.classification.isTransient = isTransient ?? detected.classification.isTransient
      if detected.classification.category == .validation {
        detected.reclassify(
          ErrorClassification(
            category: ErrorCategory.validation.ofFailure, isTransient: isTransient, rule: "judge"))
      }
    }
    let classification = detected.classification
    if verdict == nil && classification.isCancellation {
      return await cancelled(error, start, execution, attempt: number, undo)
    }
    let outcome: CallOutcome =
      isCallerError || classification.category == .validation
      ? .callerError : classification.isLocalRejection ? .rejected : .failure
    // An error of the caller is no emergency of the component, whatever its text says.
    if outcome == .callerError && classification.severity == .critical {
      detected.classification.severity = .high
    }
    let trips = outcome == .failure && (detected.causeID == nil || execution.policy.tripsOnInnerFailures)
    fail(start, detected, outcome, trips: trips, isExtra: isCounted)
    observe(execution, number, outcome, start)
    let isUndone = await undo(execution, detected.id)
    if isCallerError {
      if case .failure = result {
        context.keepThrown(error, component: name, errorID: detected.id, verdict: .callerError)
      }
      return .final(FinalResult(result: result, isAnswer: false, isUndone: isUndone))
    }
    execution.keepJudgedValue(hasValue)
    let failure = FailedCall(
      error: error, component: name, operation: execution.operation, classification: classification,
      errorID: detected.id, attempt: number, input: execution.input)
    return .failed(
      Trouble(
        failure: failure, hasValue: hasValue, isCounted: isCounted || outcome != .callerError,
        isUndone: isUndone))
  }

  private func cancelled(
    _ error: any Error, _ start: Start, _ execution: Execution, attempt number: Int,
    _ undo: (Execution, LedgerID?) async -> Bool?
  ) async -> AttemptEnd {
    cancel(start)
    observe(execution, number, .cancelled, start)
    _ = await undo(execution, nil)
    return .cancelled(error)
  }

  private func observe(
    _ execution: Execution, _ attempt: Int, _ outcome: CallOutcome?, _ start: Start
  ) {
    observe(execution.operation, attempt: attempt, outcome, since: start.time, execution.request)
  }

  /// Returns the error that a result is recorded with, and whether it replaces a returned value.
  private static func error(
    of result: Result<Void, any Error>, _ verdict: CallVerdict?, _ execution: Execution
  ) -> (any Error, Bool) {
    switch result {
    case .failure(let error): return (error, false)
    case .success:
      var category = ErrorCategory.api
      var isTransient: Bool?
      if case .failure(let given, let transience) = verdict {
        (category, isTransient) = (given?.ofFailure ?? .api, transience)
      }
      if verdict == .callerError { category = .validation }
      return (
        UnacceptableResultError(valueType: execution.valueType, category: category, isTransient: isTransient),
        true
      )
    }
  }

  /// Detects the error of a failed attempt. An error that an inner component has counted becomes a reference to
  /// that one.
  private func detect(
    _ error: any Error, _ judged: ErrorClassification?, _ inner: ThrownErrors.Entry?, _ execution: Execution,
    attempt: Int
  ) -> ErrorContext {
    var detected = context.detector.detect(
      error, component: name, execution.recorded, executionID: execution.id, attempt: attempt)
    detected.parentExecutionID = execution.parent
    if let judged { detected.reclassify(judged) }
    if let inner, let cause = inner.errorID { return detected.reference(to: inner.component, cause) }
    if let rejection = error as? CircuitOpenError { detected.causeID = rejection.errorID }
    return detected
  }
}

extension ErrorCategory {
  /// The category of a failure of the component. Errors of `validation` are the caller's, so a failure of that
  /// category becomes one of `api`.
  fileprivate var ofFailure: ErrorCategory { self == .validation ? .api : self }
}

extension ErrorContext {
  fileprivate mutating func reclassify(_ verdict: ErrorClassification) {
    classification = verdict
    fingerprint = Fingerprint(type: type, message: message, category: verdict.category)
  }
}
