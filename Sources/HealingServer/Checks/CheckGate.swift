/// Lets so many checks run at once; the others wait in line.
public final class CheckGate: Sendable {
  private let limiter: ConcurrencyLimiter

  /// - Parameter limit: 1 or more.
  public init(limit: Int) { limiter = ConcurrencyLimiter(limit: limit) }

  /// Runs `body` when there is room.
  /// - Throws: `CancellationError` when the task is cancelled while it waits, or what `body` throws.
  func pass<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await limiter.run(body)
  }
}
