import Healing
import HealingTestSupport
import Testing

/// Calls that a client made and reports afterwards.
@Suite struct ReportingTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func component(bulkhead: Int? = nil) async throws -> Component {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1),
      bulkhead: bulkhead.map { BulkheadOptions(maxConcurrentCalls: $0) })
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
  }

  @Test func `reports count for the breaker while the bulkhead is full`() async throws {
    let component = try await component(bulkhead: 1)
    let slow = Task { [time] in
      try await component.execute("slow") { try await time.sleep(for: .seconds(1)) }
    }
    await time.waitForSleepers()
    component.report(.failure)
    component.report(Refused(), operation: "get")
    #expect(component.isCircuitOpen)
    let trip = try #require(try await ledger.breakers.transitions(component: "api", limit: 1).first)
    #expect(try await ledger.errors.recent(component: "api", limit: 1).first?.id == trip.errorID)
    // It took no place and gave none back.
    await #expect(throws: BulkheadFullError.self) { try await component.execute("get") {} }
    time.advance(by: .seconds(1))
    try await slow.value
  }

  @Test func `while the circuit is open a report counts for health only, and then as the probe`() async throws
  {
    let component = try await component()
    for _ in 0..<2 { component.report(.failure) }
    component.report(.success)
    #expect(component.isCircuitOpen)
    #expect(component.windowSummary().successes == 1)
    time.advance(by: .seconds(60))
    component.report(.success)
    #expect(component.breakerSnapshot()?.state == .closed)
    let states = try await ledger.breakers.transitions(component: "api", limit: 9).map(\.to)
    #expect(states == [.open, .halfOpen, .closed])
    #expect(try await ledger.samples.rates(.all, component: "api").first?.totalRequests == 4)
  }

  @Test func `a reset of metrics empties the window of this process, too`() async throws {
    let component = try await component()
    for _ in 0..<3 { try await component.execute("get") {} }
    component.report(.failure)
    #expect(component.windowSummary().total == 4)
    component.resetMetrics()
    #expect(component.windowSummary().total == 0)
  }
}
