@testable import Healing
import HealingTestSupport
import Testing

/// A component continues under another policy: it keeps its counts and its calls in progress.
@Suite struct PolicyChangeTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func policy(failures: Int, bulkhead: Int? = nil, window: Duration = .seconds(300)) throws
    -> ComponentPolicy
  {
    ComponentPolicy(
      retry: nil,
      breaker: CircuitBreakerOptions(
        failureThreshold: failures, successThreshold: 1, openDuration: .seconds(60)),
      bulkhead: bulkhead.map { BulkheadOptions(maxConcurrentCalls: $0) },
      health: HealthOptions(window: window))
  }

  private func engine(_ policy: ComponentPolicy) async throws -> RecoveryEngine {
    try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
  }

  private func fail(_ component: Component) async { try? await component.execute("get") { throw Refused() } }

  /// A call that ends when the time has moved on.
  private func slowCall(_ component: Component, lasting duration: Duration = .seconds(1)) async
    -> Task<Void, any Error>
  {
    let begun = time.slept.count
    let call = Task { [time] in
      try await component.execute("slow") { try await time.sleep(for: duration) }
    }
    await time.waitForSleeps(begun + 1)
    return call
  }

  @Test func `failures before a policy change count under the new threshold`() async throws {
    let engine = try await engine(try policy(failures: 5))
    let before = engine.component("api")
    for _ in 0..<2 { await fail(before) }
    let after = try engine.setPolicy(try policy(failures: 3), of: "api")
    #expect(!after.isCircuitOpen)
    await fail(after)
    #expect(after.isCircuitOpen)
    // The former handle is rejected, too, and the ledger has the same state.
    await #expect(throws: CircuitOpenError.self) { try await before.execute("get") {} }
    #expect(before.windowSummary().failures == 3)
    #expect(try await engine.breakers().first?.state == .open)
  }

  @Test func `a rate window keeps its counts when another field of its rule changes`() async throws {
    func policy(rate: Double) -> ComponentPolicy {
      let rule = RateTripRule(window: .calls(10), minimumCalls: 10, failureRate: rate)
      return ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(trip: .rate(rule)))
    }
    let engine = try await engine(policy(rate: 0.9))
    let api = engine.component("api")
    for _ in 0..<5 { try await api.execute("get") {} }
    for _ in 0..<4 { await fail(api) }
    try engine.setPolicy(policy(rate: 0.5), of: "api")
    #expect(!api.isCircuitOpen)
    await fail(api)
    #expect(api.isCircuitOpen)
  }

  @Test func `a probe in progress closes the circuit under the new policy`() async throws {
    let engine = try await engine(try policy(failures: 1))
    let before = engine.component("api")
    await fail(before)
    time.advance(by: .seconds(60))
    let probe = await slowCall(before)
    let after = try engine.setPolicy(try policy(failures: 2), of: "api")
    // It is still the only one.
    await #expect(throws: CircuitOpenError.self) { try await after.execute("get") {} }
    time.advance(by: .seconds(1))
    try await probe.value
    #expect(after.breakerSnapshot()?.state == .closed)
    #expect(try await engine.breakers().first?.state == .closed)
    #expect(try await engine.recentRecoveries().map(\.action) == [.circuitBreak])
  }

  @Test func `calls in progress keep their permits`() async throws {
    let engine = try await engine(try policy(failures: 5, bulkhead: 2))
    let first = await slowCall(engine.component("api"))
    let narrow = try engine.setPolicy(try policy(failures: 5, bulkhead: 1), of: "api")
    await #expect(throws: BulkheadFullError.self) { try await narrow.execute("get") {} }
    time.advance(by: .seconds(1))
    try await first.value
    try await narrow.execute("get") {}
  }

  @Test func `a new limit applies to later calls, whatever ends meanwhile`() async throws {
    let engine = try await engine(try policy(failures: 5, bulkhead: 3))
    var before: [Task<Void, any Error>] = []
    for _ in 0..<3 { before.append(await slowCall(engine.component("api"))) }
    let free = try engine.setPolicy(try policy(failures: 5), of: "api")
    for _ in 0..<3 { before.append(await slowCall(free)) }
    time.advance(by: .milliseconds(1))
    let limited = try engine.setPolicy(try policy(failures: 5, bulkhead: 1), of: "api")
    let inside = await slowCall(limited)
    // Those from before end now, and give back no place that they never had.
    time.advance(by: .milliseconds(999))
    for call in before { try await call.value }
    await #expect(throws: BulkheadFullError.self) { try await limited.execute("get") {} }
    time.advance(by: .milliseconds(1))
    try await inside.value
    try await limited.execute("get") {}
  }

  @Test func `a policy without a breaker closes the circuit, and the ledger has the reason`() async throws {
    let engine = try await engine(try policy(failures: 1))
    await fail(engine.component("api"))
    let after = try engine.setPolicy(ComponentPolicy(retry: nil, breaker: nil), of: "api")
    try await after.execute("get") {}
    let last = try #require(try await ledger.breakers.transitions(component: "api", limit: 1).last)
    #expect(last.to == .closed && last.note == "the new policy has no breaker")
    #expect(try await engine.breakers().first?.state == .closed)
    #expect(try await engine.recentRecoveries().last?.message == "the new policy has no breaker")
  }

  @Test func `a policy without a breaker lifts an override, also of a closed circuit`()
    async throws
  {
    let engine = try await engine(try policy(failures: 1))
    try engine.component("api").force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "maintenance"))
    try engine.setPolicy(ComponentPolicy(retry: nil, breaker: nil), of: "api")
    let again = try engine.setPolicy(try policy(failures: 1), of: "api")
    try await again.execute("get") {}
    #expect(try await engine.breakers().first?.override == nil)
    let last = try await ledger.breakers.transitions(component: "api", limit: 1).last
    #expect(last?.reason == "reset" && last?.note == "the new policy has no breaker")
  }

  @Test func `a probe of a removed breaker does not count for the next one`() async throws {
    let engine = try await engine(try policy(failures: 1))
    await fail(engine.component("api"))
    time.advance(by: .seconds(60))
    let probe = await slowCall(engine.component("api"), lasting: .seconds(100))
    try engine.setPolicy(ComponentPolicy(retry: nil, breaker: nil), of: "api")
    let next = try engine.setPolicy(try policy(failures: 1), of: "api")
    await fail(next)
    time.advance(by: .seconds(60))
    let own = await slowCall(next, lasting: .seconds(50))
    time.advance(by: .seconds(40))
    try await probe.value
    #expect(next.breakerSnapshot()?.state == .halfOpen)
    #expect(try await ledger.samples.rates(.all, component: "api").first?.staleResults == 1)
    time.advance(by: .seconds(10))
    try await own.value
    #expect(next.breakerSnapshot()?.state == .closed)
  }

  @Test func `health keeps the calls within the new window`() async throws {
    let engine = try await engine(try policy(failures: 9))
    await fail(engine.component("api"))
    time.advance(by: .seconds(100))
    await fail(engine.component("api"))
    try await engine.component("api").execute("get") {}
    let short = try engine.setPolicy(try policy(failures: 9, window: .seconds(60)), of: "api")
    #expect(short.windowSummary().failures == 1)
    #expect(short.windowSummary().successes == 1)
    try await short.execute("get") {}
    #expect(short.windowSummary().successes == 2)
    time.advance(by: .seconds(63))
    #expect(short.windowSummary().total == 0)
  }

  @Test func `components of the engine's policy with the same breaker share one policy`() async throws {
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(), policy: ComponentPolicy(breaker: nil))
    let options = CircuitBreakerOptions(failureThreshold: 3)
    let first = engine.component("a", withBreaker: options)
    #expect(first.policy.breaker == options && first.breakerSnapshot() != nil)
    #expect(engine.component("b", withBreaker: options).sharedPolicy === first.sharedPolicy)
    #expect(engine.component("a", withBreaker: options) === first)
    // One that was without a breaker, and one that has another.
    engine.component("c").report(.success)
    #expect(engine.component("c", withBreaker: options).sharedPolicy === first.sharedPolicy)
    let other = CircuitBreakerOptions(failureThreshold: 4)
    #expect(engine.component("a", withBreaker: other).policy.breaker == other)
    #expect(engine.component("a").policy.breaker == other && engine.component("b").policy.breaker == options)
    // A policy that was given in code stays.
    try engine.setPolicy(ComponentPolicy(retry: nil, breaker: nil), of: "d")
    let own = engine.component("d", withBreaker: options)
    #expect(own.policy.retry == nil && own.policy.breaker == nil)
    #expect(engine.component("d", withBreaker: options) === own)
    // More breakers than are kept.
    for seconds in 1...100 {
      let options = CircuitBreakerOptions(openDuration: .seconds(seconds))
      #expect(engine.component(ComponentName("e\(seconds)"), withBreaker: options).policy.breaker == options)
    }
  }
}
