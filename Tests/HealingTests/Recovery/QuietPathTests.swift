import Healing
import HealingTestSupport
import Testing

/// Calls on the lock-free path must count like those that take the component's lock.
@Suite struct QuietPathTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  init() { ledger = InMemoryLedger(time: time) }

  private func component(failures: Int = 5) async throws -> Component {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: failures, openDuration: .seconds(60)))
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("quiet")
  }

  private func refuse(_ component: Component) async throws {
    try await component.execute("call") { throw Refused() }
  }

  @Test func `concurrent calls of several tasks are all in the window`() async throws {
    let component = try await component()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<5_000 { try await component.execute("call") {} } }
      }
      try await group.waitForAll()
    }
    #expect(component.windowSummary().successes == 20_000)
    #expect(try await ledger.samples.rates(.all, component: nil).map(\.totalRequests) == [20_000])
  }

  @Test func `successes leave the window by their age, also when it is read late`() async throws {
    let component = try await component()
    try await component.execute("call") {}
    time.advance(by: .seconds(200))
    try await component.execute("call") {}
    #expect(component.windowSummary().successes == 2)
    time.advance(by: .seconds(111))
    #expect(component.windowSummary().successes == 1)
    try await component.execute("call") {}
    time.advance(by: .seconds(250))
    #expect(component.windowSummary().successes == 1)
    time.advance(by: .seconds(3_600))
    #expect(component.windowSummary().total == 0)
  }

  @Test func `a success between failures resets the count of consecutive failures`() async throws {
    let component = try await component(failures: 2)
    for _ in 0..<3 {
      await #expect(throws: Refused.self) { try await refuse(component) }
      try await component.execute("call") {}
    }
    #expect(!component.isCircuitOpen)
    #expect(component.breakerSnapshot()?.failureCount == 0)
    #expect(component.windowSummary().failures == 3)
    #expect(component.windowSummary().successes == 3)
  }

  @Test func `a success admitted before a trip is stale after it`() async throws {
    let component = try await component(failures: 1)
    try await component.execute("slow") {
      _ = await #expect(throws: Refused.self) { try await refuse(component) }
    }
    #expect(component.isCircuitOpen)
    #expect(component.windowSummary().successes == 1)
    let rates = try await ledger.samples.rates(.all, component: nil)
    #expect(rates.map(\.staleResults) == [1])
  }

  @Test func `a circuit forced open admits no call on the fast path until the override is lifted`()
    async throws
  {
    let component = try await component()
    try await component.execute("call") {}
    try component.force(CircuitOverride(kind: .forcedOpen, actor: "test", reason: "maintenance"))
    await #expect(throws: CircuitOpenError.self) { try await component.execute("call") {} }
    try component.liftOverride()
    try await component.execute("call") {}
    #expect(component.windowSummary().successes == 2)
  }
}
