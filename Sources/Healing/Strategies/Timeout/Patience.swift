/// Waits for work only so long. Unlike ``TimeLimit`` it does not wait for work that fails to heed its cancellation. Such
/// work outlives the wait, so it runs in a task of its own and shares nothing with the caller.
package enum Patience {
  package enum Outcome<Value> {
    case value(Value)
    case failed(any Error)
    case timedOut
    /// The caller was cancelled before the work had an outcome.
    case cancelled
  }

  package static func wait<Value>(
    for limit: Duration, time: any TimeSource, _ body: @escaping @Sendable () async throws -> sending Value
  ) async -> Outcome<Value> {
    let (outcomes, arrival) = AsyncStream.makeStream(of: Outcome<Value>.self)
    let work = Task {
      do { arrival.yield(.value(try await body())) } catch { arrival.yield(.failed(error)) }
    }
    let timer = Task {
      if (try? await time.sleep(for: limit)) != nil { arrival.yield(.timedOut) }
    }
    defer {
      work.cancel()
      timer.cancel()
    }
    for await outcome in outcomes { return outcome }
    // The stream ends without an outcome when the caller was cancelled.
    return .cancelled
  }
}

extension Patience.Outcome: Sendable where Value: Sendable {}
