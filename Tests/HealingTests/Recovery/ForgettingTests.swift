import Healing
import HealingTestSupport
import Testing

/// A forgotten component starts with new state at its next call; its history is kept.
@Suite struct ForgettingTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }

  private func engine() async throws -> RecoveryEngine {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1))
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
  }

  private func fail(_ component: Component, times: Int) async {
    for _ in 0..<times {
      await #expect(throws: Refused.self) { try await component.execute("get") { throw Refused() } }
    }
  }

  private func known() async throws -> [ComponentName] { try await ledger.components.all().map(\.name) }

  @Test func `forgetting removes circuit, counts and window and keeps history and totals`() async throws {
    let engine = try await engine()
    let api = engine.component("api")
    await fail(api, times: 2)
    _ = try await api.execute("get", fallbacks: [Fallback("other") { 1 }]) { 0 }
    #expect(api.isCircuitOpen && api.windowSummary().failures == 2)
    let before = try await engine.statistics()
    #expect(engine.forget("api", actor: "ops"))
    #expect(!api.isCircuitOpen && api.windowSummary().total == 0)
    #expect(engine.components.isEmpty)
    #expect(try await known().isEmpty)
    #expect(try await engine.breakers().isEmpty)
    #expect(try await ledger.samples.windows(component: "api").isEmpty)
    #expect(try await ledger.samples.rates(.all, component: nil).isEmpty)
    let after = try await engine.statistics()
    #expect(after == before && after.overall.totalRecoveries == 1)
    #expect(after.byAction.reduce(0) { $0 + $1.totals.total } == after.overall.totalRecoveries)
    #expect(after.byComponent.reduce(0) { $0 + $1.totals.total } == after.overall.totalRecoveries)
    #expect(try await ledger.errors.recent(component: "api", limit: 9).count == 2)
    #expect(try await ledger.breakers.transitions(component: "api", limit: 9).count == 1)
    #expect(!engine.forget("api"))
  }

  @Test func `a later call starts with new state, by an old handle and by a new one`() async throws {
    let engine = try await engine()
    let old = engine.component("api")
    await fail(old, times: 2)
    engine.forget("api")
    try await old.execute("get") {}
    #expect(try await known() == ["api"])
    #expect(old.windowSummary().total == 1)
    #expect(engine.components.map(\.name) == ["api"])
    // One failure more would open it if the two before counted.
    await fail(old, times: 1)
    let new = engine.component("api")
    #expect(!new.isCircuitOpen && new.breakerSnapshot()?.failureCount == 1)
    await fail(new, times: 1)
    #expect(old.isCircuitOpen && new.isCircuitOpen, "handles of one component share its circuit")
    #expect(try await engine.breakers().map(\.state) == [.open])
  }

  @Test func `a new handle and an old one share the new state`() async throws {
    let engine = try await engine()
    let old = engine.component("api")
    engine.forget("api")
    let new = try engine.component(
      "api", policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)))
    await fail(new, times: 1)
    #expect(old.isCircuitOpen)
    await #expect(throws: CircuitOpenError.self) { try await old.execute("get") {} }
  }

  @Test func `forgetting removes the override and the policy`() async throws {
    let engine = try await engine()
    try engine.setPolicy(ComponentPolicy(retry: nil, breaker: nil), of: "api")
    try engine.component("b").force(CircuitOverride(kind: .forcedOpen, actor: "a", reason: "r"))
    engine.forget("api")
    engine.forget("b")
    #expect(engine.component("api").policy.breaker?.trip == .consecutiveFailures(2))
    #expect(try await engine.component("b").execute("get") { 1 } == 1)
    #expect(engine.component("b").breakerSnapshot()?.override == nil)
  }

  @Test func `a call in progress ends without making the component known`() async throws {
    let engine = try await engine()
    let api = engine.component("api")
    await #expect(throws: Refused.self) {
      try await api.execute("get") {
        engine.forget("api")
        throw Refused()
      }
    }
    try await api.execute("get") { _ = engine.forget("api") }
    #expect(try await known().isEmpty)
    #expect(try await engine.breakers().isEmpty)
    #expect(try await ledger.errors.recent(component: "api", limit: 9).count == 1)
  }

  @Test func `a report and an override make a component known, a query does not`() async throws {
    let engine = try await engine()
    let names: [ComponentName] = ["a", "b", "c", "d"]
    let handles = names.map { engine.component($0) }
    for name in names { engine.forget(name) }
    _ = handles[0].windowSummary()
    _ = handles[0].isCircuitOpen
    _ = handles[0].breakerSnapshot()
    handles[1].report(.success)
    try handles[2].force(CircuitOverride(kind: .forcedOpen, actor: "a", reason: "r"))
    handles[3].resetMetrics()
    #expect(try await known() == ["b", "c", "d"])
    #expect(handles[2].isCircuitOpen)
  }

  @Test func `a forgotten component returns its bulkhead permits`() async throws {
    let engine = try await engine()
    let policy = ComponentPolicy(
      retry: nil, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    let api = try engine.component("api", policy: policy)
    try await api.execute("get") { _ = engine.forget("api") }
    try await api.execute("get") {}
    try await api.execute("get") {}
  }

  @Test func `handles outlive the engine`() async throws {
    var engine: RecoveryEngine? = try await engine()
    let api = try #require(engine?.component("api"))
    engine?.forget("api")
    engine = nil
    try await api.execute("get") {}
    #expect(try await known() == ["api"])
  }

  @Test func `a monitor forgets with the engine`() async throws {
    let engine = try await engine()
    let monitor = HealthMonitor(engine: engine)
    monitor.register("api", check: try HealthCheck { .critical("down") })
    #expect(await monitor.check("api")?.status == .critical)
    engine.forget("api")
    #expect(monitor.registeredChecks == 0)
    #expect(try await monitor.systemHealth().components.isEmpty)
    _ = engine.component("api")
    #expect(try await monitor.health(of: "api")?.status == .healthy)
  }

  @Test func `a forgotten component's memory is freed`() async throws {
    let engine = try await engine()
    weak var component: Component?
    do {
      let made = engine.component("api")
      await fail(made, times: 1)
      component = made
    }
    #expect(component != nil)
    engine.forget("api")
    #expect(component == nil)
  }

  @Test func `concurrent calls, handles and forgetting lose no call and leave one circuit`() async throws {
    let engine = try await engine()
    let handle = engine.component("api")
    let calls = 400
    await withTaskGroup { group in
      for task in 0..<4 {
        group.addTask {
          for index in 0..<calls {
            if task == 0 && index % 7 == 0 { _ = engine.forget("api") }
            let component = index.isMultiple(of: 2) ? handle : engine.component("api")
            try? await component.execute("get") {}
          }
        }
      }
    }
    #expect(try await ledger.samples.recent(component: "api", limit: 9_999).count == 4 * calls)
    try await handle.execute("get") {}
    #expect(try await known() == ["api"])
    await fail(engine.component("api"), times: 2)
    #expect(handle.isCircuitOpen)
  }
}
