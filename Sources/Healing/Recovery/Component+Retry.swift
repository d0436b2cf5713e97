import Synchronization

extension Component {
  /// Repeats the operation as the policy says. Beyond what ``RetryStrategy`` does, an open breaker ends it, and so do
  /// a spent budget and a wait that would end past the execution's deadline.
  /// - Parameter undo: puts back what a failed attempt has changed.
  /// - Returns: the value, or `nil` when retrying has not helped; `failure` is then the last one.
  func retry<Value>(
    _ execution: Execution<Value>, _ failure: inout FailedCall,
    undo: (Execution<Value>, LedgerID?) async -> Void, _ body: () async throws -> Value
  ) async throws -> Value? {
    guard let options = policy.retry, failure.classification.shouldRetry else { return nil }
    var schedule = RetrySchedule(options: options)
    var attempts = 1
    var began = false
    let firstErrorID = failure.errorID
    func end(_ result: RecoveryResult<Value>) {
      let duration = Duration.nanoseconds(context.time.monotonicNanoseconds() - execution.begun)
      noteRecovery(execution, firstErrorID, result.by(RetryStrategy(options), after: duration))
    }

    while failure.classification.shouldRetry {
      guard
        case .retry(let delay) = context.decide(&schedule, retryAfter: failure.classification.retryAfter),
        mayRetry(after: delay, before: execution.deadline)
      else { break }
      // Again after each attempt: what was undone meanwhile has taken its place among the work under way.
      noteStart(execution, firstErrorID, options.action)
      began = true
      do {
        if delay > .zero { try await context.time.sleep(for: delay) } else { try Task.checkCancellation() }
      } catch {
        end(.cancelled(error, attempts: attempts, message: "cancelled while waiting"))
        throw error
      }
      let start = begin().asRepetition
      guard start.isAdmitted else {
        recordRejection(start)
        // A full bulkhead says nothing about the dependency; the next attempt may find a place.
        if start.bulkheadLimit > 0 { continue }
        break
      }
      attempts += 1
      let value: Value
      do {
        value = try await attempt(execution, body)
      } catch {
        guard let next = note(error, start, execution, attempt: attempts) else {
          await undo(execution, nil)
          end(.cancelled(error, attempts: attempts, message: "cancelled during attempt \(attempts)"))
          throw error
        }
        failure = next
        await undo(execution, failure.errorID)
        continue
      }
      succeed(start)
      end(.succeeded(value, attempts: attempts, message: "attempt \(attempts) succeeded"))
      return value
    }
    if began { end(.failed(failure.error, attempts: attempts)) }
    return nil
  }

  private func mayRetry(after delay: Duration, before deadline: Int64) -> Bool {
    let now = context.time.monotonicNanoseconds()
    guard now.addingClamped(delay.nanoseconds) < deadline else { return false }
    return state.withLock { !$0.isCircuitOpen(at: now) && ($0.budget?.spend() ?? true) }
  }
}
