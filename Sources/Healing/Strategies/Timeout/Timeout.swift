/// Result of ``withTimeout(for:time:_:)``.
package enum TimeoutOutcome<Value> {
  case value(Value)
  case failed(any Error)
  case timedOut
  /// The caller was cancelled before the work ended.
  case cancelled
}

extension TimeoutOutcome: Sendable where Value: Sendable {}

/// Runs work with a time limit and abandons it at the limit: unlike ``withDeadline(limit:time:_:)`` it does not await
/// work that ignores cancellation. Abandoned work outlives the call, so it runs in an unstructured task and shares no
/// state with the caller.
package func withTimeout<Value>(
  for limit: Duration, time: any TimeSource, _ body: @escaping @Sendable () async throws -> sending Value
) async -> TimeoutOutcome<Value> {
  let (outcomes, arrival) = AsyncStream.makeStream(of: TimeoutOutcome<Value>.self)
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
