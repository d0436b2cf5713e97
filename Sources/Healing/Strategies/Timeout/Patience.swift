/// Runs work with a time limit and abandons it at the limit: unlike ``TimeLimit`` it does not await work that
/// ignores cancellation. Abandoned work outlives the call, so it runs in an unstructured task and shares no
/// state with the caller.
package enum Patience {
  package enum Outcome<Value> {
    case value(Value)
    case failed(any Error)
    case timedOut
    /// The caller was cancelled before the work ended.
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
    // The stream ends without an outcome when the caller is cancelled.
    return .cancelled
  }
}

extension Patience.Outcome: Sendable where Value: Sendable {}
