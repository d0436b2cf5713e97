/// Runs an operation in a child task and cancels it when its time is over.
enum TimeLimit {
  enum Result<Value> {
    case value(Value)
    case failed(any Error)
    case timedOut
  }

  /// Carries the operation to the child task.
  ///
  /// `@unchecked Sendable`: it goes to exactly one child, and the parent is suspended in the task group until that
  /// child has ended, so no two tasks of this call run it or touch what it holds. Others can touch that only on the
  /// actor that the caller is isolated to, and the child runs the operation on that very actor.
  ///
  /// Not generic over its content: a closure kept under a generic type forgets to run where its caller runs.
  private struct Operation<Value>: @unchecked Sendable {
    let body: nonisolated(nonsending) () async throws -> Value
  }

  /// Carries what the operation returned back to the parent.
  ///
  /// `@unchecked Sendable`: the child has ended when the parent takes it, and the group orders the two.
  private struct Answer<Value>: @unchecked Sendable {
    let content: Swift.Result<Value, any Error>
  }

  private enum Event<Value>: Sendable {
    case ended(Answer<Value>)
    case timeOver
    case timerCancelled
  }

  /// - Parameter limit: `nil`: none, and no child task.
  static func run<Value>(
    limit: Duration?, time: any TimeSource, _ body: () async throws -> Value
  ) async -> Result<Value> {
    guard let limit else {
      do { return .value(try await body()) } catch { return .failed(error) }
    }
    // A function and not a closure: a closure here would not run where the caller runs.
    func runRace(_ body: @escaping () async throws -> Value) async -> Result<Value> {
      await race(body, against: limit, time: time)
    }
    return await withoutActuallyEscaping(body, do: runRace)
  }

  private static func race<Value>(
    _ body: @escaping () async throws -> Value, against limit: Duration, time: any TimeSource
  ) async -> Result<Value> {
    let operation = Operation(body: body)
    let caller = #isolation
    return await withTaskGroup(of: Event<Value>.self) { group in
      group.addTask { await run(operation, on: caller) }
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
          // Once its time is over and it was cancelled, what it throws is the cancellation's doing.
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

  /// Being isolated to the caller's actor itself, it has the operation run there, too.
  private static func run<Value>(
    _ operation: Operation<Value>, on caller: isolated (any Actor)?
  ) async -> Event<Value> {
    do {
      return .ended(Answer(content: .success(try await operation.body())))
    } catch {
      return .ended(Answer(content: .failure(error)))
    }
  }
}
