import Foundation
import Synchronization

/// What the stages of one execution's recovery share.
private struct Failure {
  var error: any Error
  var classification: ErrorClassification
  /// The row of the error; `nil` for a call that was not made.
  var errorID: LedgerID?
}

extension Component {
  // MARK: Entry points from the per-call path

  /// A call that was not let through: fallbacks, then the rejection itself.
  @usableFromInline
  func answerRejected<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?
  ) async throws -> Value {
    let (error, errorID) = rejection(start)
    guard !fallbacks.isEmpty else { throw error }
    let failure = Failure(
      error: error, classification: context.detector.classify(error), errorID: errorID)
    return try await fallBack(
      operation, failure, execution: context.ledger.makeID(), fallbacks: fallbacks)
  }

  /// The first attempt has failed: everything that follows.
  @usableFromInline
  func recover<Value>(
    _ operation: String, _ start: Start, _ error: any Error, fallbacks: [Fallback<Value>],
    request: RequestInfo?, deadline: Int64, _ body: () async throws -> Value
  ) async throws -> Value {
    if Self.isCancellation(error) {
      cancel(start)
      throw error
    }
    let execution = context.ledger.makeID()
    var failure = note(error, start, operation, execution, attempt: 1, request)
    if let value = try await retry(
      operation, start, &failure, execution: execution, request: request, deadline: deadline, body)
    {
      return value
    }
    return try await fallBack(operation, failure, execution: execution, fallbacks: fallbacks)
  }

  /// An execution with limits of time.
  @usableFromInline
  func executeWithTimeLimits<Value>(
    _ operation: String, fallbacks: [Fallback<Value>], request: RequestInfo?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    let start = begin()
    guard start.isAdmitted else {
      return try await answerRejected(operation, start, fallbacks: fallbacks, request: request)
    }
    let deadline = policy.timeouts.total.map { start.time.addingClamped($0.nanoseconds) } ?? .max
    let value: Value
    do {
      value = try await attempt(operation, deadline: deadline, body)
    } catch {
      return try await recover(
        operation, start, error, fallbacks: fallbacks, request: request, deadline: deadline, body)
    }
    succeed(start)
    return value
  }

  // MARK: Stages

  /// Repeats the operation as the policy says.
  /// - Returns: the value, or `nil` when retrying has not helped; `failure` is then the last one.
  private func retry<Value>(
    _ operation: String, _ first: Start, _ failure: inout Failure, execution: LedgerID,
    request: RequestInfo?, deadline: Int64, _ body: () async throws -> Value
  ) async throws -> Value? {
    guard let options = policy.retry, failure.classification.shouldRetry else { return nil }
    var schedule = RetrySchedule(options: options)
    var attempts = 1
    var began = false
    let firstErrorID = failure.errorID
    func end(_ outcome: RecoveryRecord.Outcome, _ message: String) {
      let now = context.time.monotonicNanoseconds()
      noteRecovery(
        operation, execution, firstErrorID, options.action, outcome, attempts: attempts,
        duration: now - first.time, message)
    }

    while failure.classification.shouldRetry {
      guard
        case .retry(let delay) = context.decide(
          &schedule, retryAfter: failure.classification.retryAfter)
      else { break }
      let now = context.time.monotonicNanoseconds()
      // An open breaker ends the retrying, and so does a wait that would end past the deadline.
      guard !state.withLock({ $0.isCircuitOpen(at: now) }), now.addingClamped(delay.nanoseconds) < deadline,
        state.withLock({ $0.budget?.spend() ?? true })
      else { break }
      if !began { noteStart(operation, execution, firstErrorID, options.action) }
      began = true
      do {
        if delay > .zero { try await context.time.sleep(for: delay) } else { try Task.checkCancellation() }
      } catch {
        end(.cancelled, "cancelled while waiting")
        throw error
      }
      let start = begin()
      guard start.isAdmitted else {
        recordRejection(start)
        break
      }
      attempts += 1
      do {
        let value = try await attempt(operation, deadline: deadline, body)
        succeed(start)
        end(.succeeded, "attempt \(attempts) succeeded")
        return value
      } catch {
        if Self.isCancellation(error) {
          cancel(start)
          end(.cancelled, "cancelled during attempt \(attempts)")
          throw error
        }
        failure = note(error, start, operation, execution, attempt: attempts, request)
      }
    }
    if began { end(.failed, KnownErrorTypes.message(of: failure.error)) }
    return nil
  }

  /// Asks other sources for the value.
  private func fallBack<Value>(
    _ operation: String, _ failure: Failure, execution: LedgerID, fallbacks: [Fallback<Value>]
  ) async throws -> Value {
    guard !fallbacks.isEmpty, failure.classification.shouldFallback else { throw failure.error }
    let begun = context.time.monotonicNanoseconds()
    let input = FallbackInput(
      error: failure.error, component: name, operation: operation, classification: failure.classification)
    noteStart(operation, execution, failure.errorID, .fallback)
    var problems: [String] = []
    func end(_ outcome: RecoveryRecord.Outcome, attempts: Int, _ message: String) {
      let now = context.time.monotonicNanoseconds()
      noteRecovery(
        operation, execution, failure.errorID, .fallback, outcome, attempts: attempts,
        duration: now - begun, message)
    }
    for (index, fallback) in fallbacks.enumerated() {
      do {
        let value = try await fallback.run(input)
        end(.succeeded, attempts: index + 1, "\(fallback.name) answered")
        return value
      } catch {
        if Self.isCancellation(error) {
          end(.cancelled, attempts: index + 1, "cancelled during \(fallback.name)")
          throw error
        }
        problems.append("\(fallback.name): \(KnownErrorTypes.message(of: error))")
      }
    }
    end(.failed, attempts: fallbacks.count, problems.joined(separator: "; "))
    throw failure.error
  }

  // MARK: Parts

  /// One attempt within its limits of time.
  private func attempt<Value>(
    _ operation: String, deadline: Int64, _ body: () async throws -> Value
  ) async throws -> Value {
    guard hasTimeLimits else { return try await body() }
    let left = Duration.nanoseconds(
      deadline == .max ? Int64.max : max(0, deadline - context.time.monotonicNanoseconds()))
    let perAttempt = policy.timeouts.attempt ?? Duration.nanoseconds(Int64.max)
    let scope: OperationTimeoutError.Scope = left < perAttempt ? .execution : .attempt
    switch await TimeLimit.run(limit: min(left, perAttempt), time: context.time, body) {
    case .value(let value): return value
    case .failed(let error): throw error
    case .timedOut:
      throw OperationTimeoutError(
        component: name, operation: operation, scope: scope,
        limit: (scope == .attempt ? policy.timeouts.attempt : policy.timeouts.total) ?? .zero)
    }
  }

  /// The caller gave up: neither success nor failure.
  static func isCancellation(_ error: any Error) -> Bool {
    // A limit of time cancels only the operation's own child task, never this one.
    error is CancellationError || Task.isCancelled
  }

  /// Detects a failed attempt and writes it down.
  private func note(
    _ error: any Error, _ start: Start, _ operation: String, _ execution: LedgerID, attempt: Int,
    _ request: RequestInfo?
  ) -> Failure {
    let detected = context.detector.detect(
      error, component: name, operation: operation, requestID: request?.requestID,
      userID: request?.userID, metadata: request?.metadata ?? [:], executionID: execution, attempt: attempt)
    fail(start, detected)
    return Failure(error: error, classification: detected.classification, errorID: detected.id)
  }

  /// Writes down a call that was not made, and says why it was not.
  private func rejection(_ start: Start) -> (error: any Error, errorID: LedgerID?) {
    recordRejection(start)
    if let rejection = start.rejection {
      let error = CircuitOpenError(
        component: name, retryAfter: .nanoseconds(rejection.retryAfter), errorID: rejection.errorID)
      return (error, rejection.errorID)
    }
    return (BulkheadFullError(component: name, limit: start.bulkheadLimit), nil)
  }

  private func noteStart(
    _ operation: String, _ execution: LedgerID, _ errorID: LedgerID?, _ action: RecoveryAction
  ) {
    context.note(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution, at: context.time.wallClock(), component: name, operation: operation,
          action: action, errorID: errorID)))
  }

  private func noteRecovery(
    _ operation: String, _ execution: LedgerID, _ errorID: LedgerID?, _ action: RecoveryAction,
    _ outcome: RecoveryRecord.Outcome, attempts: Int, duration: Int64, _ message: String
  ) {
    context.note(
      .recovery(
        RecoveryRecord(
          id: context.ledger.makeID(), at: context.time.wallClock(), component: name, operation: operation,
          executionID: execution, errorID: errorID, action: action, outcome: outcome, attempts: attempts,
          duration: .nanoseconds(duration), message: message)))
  }
}
