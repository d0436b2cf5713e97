/// Runs an operation in a child task and cancels it when its time is over.
enum TimeLimit {
  enum Result<Value> {
    case value(Value)
    case failed(any Error)
    case timedOut
  }

  /// Carries a value between a task and its child.
  ///
  /// `@unchecked Sendable`: the closure goes to exactly one child task, and the parent is suspended in the task
  /// group until that child has ended; its result comes back by the group, which orders the two. At no time can two
  /// tasks touch what is carried.
  private struct Handover<Content>: @unchecked Sendable {
    let content: Content
  }

  private enum Event<Value>: Sendable {
    case ended(Handover<Swift.Result<Value, any Error>>)
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
    let operation = Handover(content: body)
    return await withTaskGroup(of: Event<Value>.self) { group in
      group.addTask {
        do {
          return .ended(Handover(content: .success(try await operation.content())))
        } catch {
          return .ended(Handover(content: .failure(error)))
        }
      }
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
}
