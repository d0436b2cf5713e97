import Healing
import HealingTestSupport
import Testing

/// A time limit runs the operation in a child task; it must still run where its caller runs, or what only the
/// caller's actor guards would be touched from outside of it.
@Suite struct TimeLimitTests {
  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  /// The actor that its caller runs on.
  private static func here() async -> (any Actor)? { #isolation }

  /// Runs the operation once more.
  private struct Again: RecoveryStrategy {
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      do { return .succeeded(try await operation()) } catch { return .failed(error) }
    }
  }

  /// The executor of operations that a nonisolated function runs.
  private static func places(_ component: Component) async throws -> [(any Actor)?] {
    var places: [(any Actor)?] = []
    try await component.execute("plain") { places.append(await here()) }
    var state = 0
    try await component.execute("state", state: &state) { _ in places.append(await here()) }
    try await component.executeSteps("steps") { steps in
      try await steps.run("step") {
        places.append(await here())
      } undo: { _ in
      }
      places.append(await here())
    }
    var attempts = 0
    // First, then again by the retry, then by the strategy.
    try await component.execute("recovering") {
      places.append(await here())
      attempts += 1
      if attempts < 3 { throw Refused() }
    }
    return places
  }

  private actor Till {
    func strangers(_ component: Component) async throws -> Int {
      try await TimeLimitTests.places(component).count { $0 !== self }
    }
  }

  @Test(arguments: [nil, Duration.seconds(3_600)])
  func `an operation stays on its caller's actor, with and without a time limit`(limit: Duration?)
    async throws
  {
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 2, initialDelay: .zero), strategies: [Again()],
      timeouts: TimeoutOptions(attempt: limit, total: limit))
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(), policy: policy)
    #expect(try await Till().strangers(engine.component("till")) == 0)
    #expect(try await Self.places(engine.component("till")).count == 7)
  }
}
