import Synchronization

extension Component {
  /// Retries the operation under the policy's ``RetryOptions``. Beyond the limits of ``RetryStrategy``,
  /// retrying ends when the circuit is open, the budget is spent, or the wait would end after the execution's
  /// deadline.
  /// - Parameter undo: restores what a failed attempt changed.
  /// - Returns: whether retrying succeeded, which sets the value; if not, `trouble` has the last failure.
  func retry(
    _ execution: Execution, _ trouble: inout Trouble,
    undo: (Execution, LedgerID?) async -> Bool?, _ body: () async throws -> Void
  ) async throws -> Bool {
    guard let options = execution.policy.retry, trouble.failure.classification.shouldRetry else {
      return false
    }
    var schedule = RetrySchedule(options: options)
    var attempts = 1
    var began = false
    let firstErrorID = trouble.failure.errorID
    func end(_ result: RecoveryResult<Void>, _ gaveUp: RecoveryRecord.GaveUp? = nil) {
      guard began else { return }
      // Without a second attempt there is no recovery to record.
      guard attempts > 1 else { return context.note(.recoveryEnded(execution.id)) }
      let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - execution.startedAt)
      recordRecovery(execution, firstErrorID, result.by(options.action, after: duration), gaveUp)
    }

    while true {
      let delay: Duration
      switch nextDelay(&schedule, trouble.failure, execution) {
      case .wait(let next): delay = next
      case .end(let reason):
        end(.failed(trouble.failure, attempts: attempts), reason)
        return false
      }
      // Recorded after each attempt: a rollback start has the same key and may have replaced this one.
      recordStart(execution, firstErrorID, options.action)
      began = true
      do {
        if delay > .zero { try await context.time.sleep(for: delay) } else { try Task.checkCancellation() }
      } catch {
        end(.cancelled(error, attempts: attempts, message: "cancelled while waiting"))
        if trouble.isCounted { record(.interrupted) }
        throw error
      }
      let repeated = await repeatAttempt(execution, &trouble, undo: undo, body)
      if case .ended = repeated { attempts += 1 }
      switch repeated {
      case .rejected(let start):
        // A full bulkhead does not show that the dependency fails; the next attempt may get a permit.
        if start.bulkheadLimit > 0 {
          state.withLock { $0.budget?.refund() }
          continue
        }
        end(.failed(trouble.failure, attempts: attempts), .circuit)
        return false
      case .ended(.succeeded):
        end(.succeeded((), attempts: attempts, message: "attempt \(attempts) succeeded"))
        record(.saved)
        return true
      case .ended(.final(let final)) where final.isAnswer:
        let answered = RecoveryResult<Void>(
          .succeeded, nil, nil, attempts, "attempt \(attempts) was answered", [:])
        end(answered)
        record(.saved)
        try final.result.get()
        return true
      case .ended(.final(let final)):
        let error = RecoveryResult<Void>(
          .failed, nil, nil, attempts, "attempt \(attempts) ended as an error of the caller", [:])
        end(error, .notTransient)
        if trouble.isCounted { record(trouble.outcome(of: final)) }
        try final.result.get()
        return true
      case .ended(.cancelled(let error)):
        end(.cancelled(error, attempts: attempts, message: "cancelled during attempt \(attempts)"))
        if trouble.isCounted { record(.interrupted) }
        throw error
      case .ended(.failed(let next)):
        trouble.follow(next)
      }
    }
  }

  private enum Step {
    case wait(Duration)
    case end(RecoveryRecord.GaveUp)
  }

  /// Decides whether a retry follows a failed attempt, and after which delay.
  private func nextDelay(
    _ schedule: inout RetrySchedule, _ failure: FailedCall, _ execution: Execution
  ) -> Step {
    guard failure.classification.shouldRetry else { return .end(.notTransient) }
    switch context.decide(&schedule, retryAfter: failure.classification.retryAfter) {
    case .exhausted: return .end(.attempts)
    case .waitTooLong: return .end(.waitTooLong)
    case .retry(let delay):
      let now = context.time.monotonicNanoseconds()
      guard now.addingClamped(delay.nanoseconds) < execution.deadline else { return .end(.deadline) }
      return state.withLock { state in
        if state.isCircuitOpen(at: now) { return .end(.circuit) }
        return state.budget?.spend() ?? true ? .wait(delay) : .end(.budget)
      }
    }
  }
}
