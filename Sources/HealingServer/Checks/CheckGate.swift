/// Limits how many checks run concurrently; further checks wait in a queue.
public final class CheckGate: Sendable {
  private let limiter: ConcurrencyLimiter

  /// - Parameter limit: 1 or more.
  public init(limit: Int) { limiter = ConcurrencyLimiter(limit: limit) }

  /// Runs `body` when a slot is free.
  /// - Throws: `CancellationError` when the task is cancelled while it waits, or the error of `body`.
  func pass<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await limiter.run(body)
  }
}
