import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The policy in force: which one a component takes, that the ledger has it, and that other processes judge by it.
@Suite struct PolicyInForceTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private func ledger(_ program: String = "service") throws -> SQLiteLedger {
    try SQLiteLedger(path: folder.path(), identity: ProcessIdentity(program: program), time: time)
  }

  private func rows() throws -> [String] {
    try Connection(path: folder.path(), mode: .readOnly).rows(
      "SELECT component, source, process_id FROM v_policies ORDER BY id"
    ) { "\($0.text(0)) \($0.text(1)) \($0.integer(2))" }
  }

  @Test func `a component gets the first explicit policy, also when it was registered before`() async throws {
    let ledger = try ledger()
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let monitor = HealthMonitor(engine: engine)
    monitor.register("payments")
    let early = engine.component("payments")
    let charge = ComponentPolicy(retry: nil)
    let payments = try engine.component("payments", policy: charge)
    #expect(payments.policy.retry == nil && early.policy.retry == nil)
    var calls = 0
    await #expect(throws: POSIXError.self) {
      try await early.execute("charge") {
        calls += 1
        throw POSIXError(.ECONNREFUSED)
      }
    }
    #expect(calls == 1)
    // An equal policy is no conflict; a different one is, and changes nothing.
    _ = try engine.component("payments", policy: charge)
    let error = #expect(throws: PolicyConflictError.self) {
      try engine.component("payments", policy: ComponentPolicy(retry: .standard, breaker: nil))
    }
    #expect(error?.component == "payments" && error?.description.contains("setPolicy") == true)
    #expect(early.policy.retry == nil && early.policy.breaker != nil)
    try engine.setPolicy(ComponentPolicy(breaker: nil), of: "payments")
    #expect(early.policy.retry != nil && payments.policy.breaker == nil)
    try await ledger.flush()
    #expect(
      try rows() == [
        "payments default 1", "payments explicit 1", "payments explicit 1",
      ])
    try await ledger.close()
  }

  @Test func `the ledger has the thresholds at a trip`() async throws {
    let ledger = try ledger()
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let strict = try engine.component(
      "api", policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2)))
    for _ in 0..<2 { strict.report(.failure) }
    time.advance(by: .seconds(1))
    try engine.setPolicy(
      ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 9)), of: "api")
    try await ledger.flush()
    let threshold = try Connection(path: folder.path(), mode: .readOnly).integer(
      """
      SELECT p.json ->> '$.breaker.failure_threshold' FROM breaker_transition t
      JOIN policy_change x ON x.component_id = t.component_id AND x.process_id = t.process_id AND x.at <= t.at
      JOIN policy p ON p.hash = x.hash
      WHERE t.to_state = 1 ORDER BY x.id DESC LIMIT 1
      """)
    #expect(threshold == 2)
    let stored = try #require(try await ledger.policies.latest().last)
    #expect(stored.document == ComponentPolicy.Document(engine.component("api").policy))
    #expect(stored.document?.breakerOptions?.trip == .consecutiveFailures(9))
    #expect(stored.document?.healthOptions == HealthOptions.standard)
    try await ledger.close()
  }

  @Test func `every option of a policy is read back as it was`() throws {
    let rate = RateTripRule(
      window: .time(.seconds(30)), minimumCalls: 7, failureRate: 0.07, slowCallRate: 0.3,
      slowCallDuration: .milliseconds(1_500))
    let breaker = CircuitBreakerOptions(
      trip: .rate(rate), successThreshold: 3, openDuration: .microseconds(12_345_678), halfOpenMaxCalls: 4,
      probeLease: .seconds(9), openGrowth: 1.5, maxOpenDuration: .seconds(99))
    let health = HealthOptions(
      window: .seconds(60), degradedErrorRate: 0.01, unhealthyErrorRate: 0.02, criticalErrorRate: 0.03,
      slowResponse: .milliseconds(250), minimumCalls: 12)
    let policy = ComponentPolicy(breaker: breaker, health: health)
    let text = try JSONEncoder().encode(ComponentPolicy.Document(policy))
    let document = try JSONDecoder().decode(ComponentPolicy.Document.self, from: text)
    #expect(document.breakerOptions == breaker && document.healthOptions == health)
    let calls = CircuitBreakerOptions(
      trip: .rate(RateTripRule(window: .calls(50), minimumCalls: 5, failureRate: 0.5)))
    #expect(ComponentPolicy.Document(ComponentPolicy(breaker: calls)).breakerOptions == calls)
    #expect(ComponentPolicy.Document(ComponentPolicy(breaker: nil)).breakerOptions == nil)
  }

  @Test func `an observing process evaluates health by the policy of the service`() async throws {
    let service = try ledger()
    let strict = HealthOptions(
      degradedErrorRate: 0.001, unhealthyErrorRate: 0.002, criticalErrorRate: 0.003)
    let engine = try await RecoveryEngine(
      ledger: service, policy: ComponentPolicy(retry: nil, breaker: nil, health: strict), time: time)
    let daemonLedger = try ledger("healing serve")
    let observer = try await RecoveryEngine(
      ledger: daemonLedger, policy: ComponentPolicy(breaker: nil), time: time, isObserver: true)
    let monitor = HealthMonitor(engine: observer)
    // Known to the observer, too, as when a client reports a call to it.
    observer.component("api").report(.success)
    let api = engine.component("api")
    for _ in 0..<99 { api.report(.success) }
    api.report(.failure)
    try await service.flush()
    #expect(try await monitor.health(of: "api")?.status == .critical)
    // A component's own policy is more than the engine's, whichever came later.
    try engine.component("db", policy: ComponentPolicy(retry: nil, health: .standard)).report(.failure)
    engine.component("db").report(.success)
    try await service.flush()
    #expect(try await monitor.systemHealth().components.map(\.status) == [.critical, .healthy])
    // It records no policy.
    try await daemonLedger.flush()
    #expect(try rows() == ["api default 1", "db explicit 1"])
    try await service.close()
    try await daemonLedger.close()
  }

  @Test func `the own policy of a process that has ended yields to a later process's`() async throws {
    let strict = HealthOptions(
      degradedErrorRate: 0.001, unhealthyErrorRate: 0.002, criticalErrorRate: 0.003)
    func calls(of component: Component) {
      for _ in 0..<99 { component.report(.success) }
      component.report(.failure)
    }
    let first = try ledger()
    let former = try await RecoveryEngine(ledger: first, time: time)
    calls(of: try former.component("db", policy: ComponentPolicy(retry: nil, health: strict)))
    try await first.flush()
    let daemonLedger = try ledger("healing serve")
    let observer = try await RecoveryEngine(
      ledger: daemonLedger, policy: ComponentPolicy(breaker: nil), time: time, isObserver: true)
    let monitor = HealthMonitor(engine: observer)
    let second = try ledger()
    let next = try await RecoveryEngine(ledger: second, policy: ComponentPolicy(retry: nil), time: time)
    next.component("db").report(.success)
    try await second.flush()
    #expect(try await monitor.health(of: "db")?.status == .critical)
    try await first.close()
    #expect(try await monitor.health(of: "db")?.status == .healthy)
    #expect(try await monitor.systemHealth().components.map(\.status) == [.healthy])
    try await second.close()
    try await daemonLedger.close()
  }

  @Test func `a registered breaker survives a restart, unless the component was forgotten`() async throws {
    let options = CircuitBreakerOptions(failureThreshold: 3)
    for (name, forgets) in [("kept", false), ("forgotten", true)] as [(ComponentName, Bool)] {
      let first = try ledger("healing serve")
      let engine = try await RecoveryEngine(ledger: first, time: time, isObserver: true)
      _ = engine.component(name, withBreaker: options)
      if forgets { engine.forget(name) }
      try await first.close()
      let second = try ledger("healing serve")
      let next = try await RecoveryEngine(ledger: second, time: time, isObserver: true)
      #expect(next.registeredBreaker(of: name) == (forgets ? nil : options))
      try await second.close()
    }
  }

  @Test func `the ledger records that no fallback has the type, and forcing without a breaker throws`()
    async throws
  {
    let ledger = try ledger()
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let api = try engine.component(
      "api",
      policy: ComponentPolicy(
        retry: nil, breaker: nil,
        fallback: FallbackStrategy(Fallback<Int>("zero") { 0 }, Fallback<Bool>("no") { false })))
    #expect(try await api.execute("count") { throw POSIXError(.ECONNREFUSED) } == 0)
    await #expect(throws: POSIXError.self) {
      try await api.execute("name") { () -> String in throw POSIXError(.ECONNREFUSED) }
    }
    try await ledger.flush()
    let row = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 1).last)
    #expect(row.action == .fallback && row.outcome == .failed && row.attempts == 0)
    #expect(row.message == "the policy has no fallback that returns String; it has Int, Bool")
    #expect(throws: NoCircuitBreakerError.self) {
      try api.force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "r"))
    }
    #expect(throws: NoCircuitBreakerError.self) { try api.liftOverride() }
    #expect(try await ledger.breakers.all().isEmpty)
    try await ledger.close()
  }

  @Test func `options without effect are rejected`() async throws {
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let policies = [
      ComponentPolicy(retry: nil, retryBudget: RetryBudgetOptions()),
      ComponentPolicy(breaker: nil, tripsOnInnerFailures: true),
    ]
    for policy in policies {
      #expect(throws: InvalidOptionError.self) { try engine.component("api", policy: policy) }
      #expect(throws: InvalidOptionError.self) { try engine.register("api", policy: policy) }
      #expect(throws: InvalidOptionError.self) { try engine.setPolicy(policy, of: "api") }
    }
    #expect(engine.components.isEmpty)
  }
}
