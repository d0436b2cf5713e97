/// Result of ``withDeadline(limit:time:_:)``.
enum DeadlineOutcome<Value> {
  case value(Value)
  case failed(any Error)
  case timedOut
}

/// Runs an operation in a child task, cancels it at its time limit, and awaits its end.
/// - Parameter limit: time limit; `nil`: no limit and no child task.
func withDeadline<Value>(
  limit: Duration?, time: any TimeSource, _ body: () async throws -> Value
) async -> DeadlineOutcome<Value> {
  guard let limit else {
    do { return .value(try await body()) } catch { return .failed(error) }
  }
  // A function, because a closure here would not run on the caller's actor.
  func runRace(_ body: @escaping () async throws -> Value) async -> DeadlineOutcome<Value> {
    await DeadlineRace.run(body, against: limit, time: time)
  }
  return await withoutActuallyEscaping(body, do: runRace)
}

private enum DeadlineRace {
  /// Transfers the operation to the child task.
  ///
  /// `@unchecked Sendable`: exactly one child receives it, and the parent is suspended in the task group until
  /// that child has ended, so no two tasks of this call run it or use its captures. Other code can use them
  /// only on the actor that the caller is isolated to, and the child runs the operation on that actor.
  ///
  /// Not generic over its content: a closure stored as a generic type loses its caller's isolation.
  private struct Operation<Value>: @unchecked Sendable {
    let body: nonisolated(nonsending) () async throws -> Value
  }

  /// Transfers the operation's result back to the parent.
  ///
  /// `@unchecked Sendable`: the child has ended when the parent receives it, and the group orders the two.
  private struct Answer<Value>: @unchecked Sendable {
    let content: Result<Value, any Error>
  }

  private enum Event<Value>: Sendable {
    case ended(Answer<Value>)
    case timeOver
    case timerCancelled
  }

  static func run<Value>(
    _ body: @escaping () async throws -> Value, against limit: Duration, time: any TimeSource
  ) async -> DeadlineOutcome<Value> {
    let operation = Operation(body: body)
    let caller = #isolation
    return await withTaskGroup(of: Event<Value>.self) { group in
      group.addTask { await attempt(operation, on: caller) }
      group.addTask {
        do {
          try await time.sleep(for: limit)
          return .timeOver
        } catch {
          return .timerCancelled
        }
      }
      var timedOut = false
      while let event = await group.next() {
        switch event {
        case .ended(let result):
          group.cancelAll()
          switch result.content {
          case .success(let value): return .value(value)
          // After the time limit the operation was cancelled, so its error is a consequence of the
          // cancellation.
          case .failure(let error): return timedOut ? .timedOut : .failed(error)
          }
        case .timeOver:
          timedOut = true
          group.cancelAll()
        case .timerCancelled:
          continue
        }
      }
      return .timedOut
    }
  }

  /// Isolated to the caller's actor, so the operation runs there, too.
  private static func attempt<Value>(
    _ operation: Operation<Value>, on caller: isolated (any Actor)?
  ) async -> Event<Value> {
    do {
      return .ended(Answer(content: .success(try await operation.body())))
    } catch {
      return .ended(Answer(content: .failure(error)))
    }
  }
}
