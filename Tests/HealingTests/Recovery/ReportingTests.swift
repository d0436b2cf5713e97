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

  @Test func `a recovery that is reported twice changes the counts once`() async throws {
    let component = try await component()
    let errors = (0..<2).map { _ in component.report(Refused(), operation: "get") }
    func report(_ action: RecoveryAction, _ success: Bool, attempts: Int = 1, of error: LedgerID) {
      component.report(
        RecoveryRecord(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: error,
          action: action, outcome: success ? .succeeded : .failed, attempts: attempts,
          duration: .zero))
    }
    for _ in 0..<2 { report(.fallback, true, of: errors[0].id) }
    func executions() async throws -> ExecutionTotals {
      try await ledger.recoveries.statistics(.all, component: "api").executions
    }
    var found = try await executions()
    #expect(found.executions == 2 && found.degraded == 1 && found.lost == 1)
    // A failed retry of two attempts, then a fallback, each sent twice.
    let third = component.report(Refused(), operation: "get")
    component.report(Refused(), operation: "get")
    for _ in 0..<2 { report(.retry, false, attempts: 2, of: third.id) }
    for _ in 0..<2 { report(.fallback, true, of: third.id) }
    found = try await executions()
    #expect(found.executions == 3 && found.degraded == 2 && found.lost == 1)
    #expect(try await ledger.recoveries.statistics(.all, component: "api").overall.totalRecoveries == 6)
  }

  @Test func `a recovery of an unknown error counts in its own minute`() async throws {
    let component = try await component()
    component.report(Refused(), operation: "get")
    component.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get",
        errorID: LedgerID(rawValue: 1), action: .fallback, outcome: .succeeded, attempts: 1,
        duration: .zero))
    let lately = LedgerRange(since: time.wallClock() + .seconds(-120))
    let found = try await ledger.recoveries.statistics(lately, component: "api").executions
    #expect(found.executions == 1 && found.degraded == 1 && found.lost == 0)
  }

  @Test func `a reported recovery has the component and the outcomes of a report`() async throws {
    let component = try await component()
    component.report(Refused(), operation: "get")
    component.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "other", operation: "get", action: .retry,
        outcome: .interrupted, attempts: 2, duration: .zero))
    let row = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 1).first)
    #expect(row.component == "api" && row.outcome == .cancelled)
    #expect(try await ledger.components.find("other") == nil)
    let found = try await ledger.recoveries.statistics(.all, component: "api").executions
    #expect(found.interrupted == 0 && found.lost == 1)
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
