import Healing
import HealingTestSupport
import Synchronization
import Testing

/// Past its limit an engine refuses new components, and merges none.
@Suite struct ComponentLimitTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }

  private func engine(limit: Int, _ policy: ComponentPolicy? = nil) async throws -> RecoveryEngine {
    let policy =
      policy ?? ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time, componentLimit: limit)
  }

  private func fail(_ engine: RecoveryEngine, _ name: ComponentName) async {
    await #expect(throws: Refused.self) { try await engine.execute("get", on: name) { throw Refused() } }
  }

  @Test func `a flood of names opens no circuit, and known components stay protected`() async throws {
    let engine = try await engine(limit: 10)
    for index in 0..<10 { await fail(engine, ComponentName("known-\(index)")) }
    for index in 0..<1_000 {
      let name = ComponentName("flood-\(index)")
      await fail(engine, name)
      // Not rejected: neither its circuit nor another component's is open.
      await fail(engine, name)
    }
    #expect(engine.unprotectedCalls == 2_000)
    #expect(engine.components.count == 10)
    #expect(engine.components.allSatisfy { $0.isCircuitOpen && $0.isProtected })
    #expect(try await ledger.components.all().count == 10)
    #expect(try await ledger.errors.recent(component: nil, limit: 10_000).count == 10)
    #expect(try await ledger.samples.recent(component: nil, limit: 10_000).count == 10)
    #expect(try await engine.breakers().count == 10)
  }

  @Test func `a notice is sent once when new components are refused, and again after there was room`()
    async throws
  {
    let notices = Lock<[EngineNotice]>([])
    let engine = try await RecoveryEngine(ledger: ledger, time: time, componentLimit: 1) { notice in
      notices.withLock { $0.append(notice) }
    }
    for name in ["a", "b", "c", "a"] as [ComponentName] { try await engine.execute("get", on: name) {} }
    #expect(throws: ComponentLimitError.self) { try engine.admit(["d"]) }
    #expect(notices.withLock { $0 } == [.componentsRefused(first: "b", limit: 1)])
    // Unknown, so there is no more room than before.
    engine.forget("z")
    #expect(!engine.component("e").isProtected)
    #expect(notices.withLock { $0.count } == 1)
    engine.forget("a")
    #expect(engine.component("f").isProtected && !engine.component("g").isProtected)
    engine.componentLimit = 2
    #expect(throws: ComponentLimitError.self) { try engine.admit(["h", "i"]) }
    #expect(
      notices.withLock { $0.dropFirst() } == [
        .componentsRefused(first: "g", limit: 1), .componentsRefused(first: "i", limit: 2),
      ])
    #expect(notices.withLock { $0.allSatisfy { !$0.description.contains("\n") } })
  }

  @Test func `a name in the ledger is never rejected`() async throws {
    for index in 0..<20 { ledger.record(.component(ComponentName("c\(index)"))) }
    let engine = try await engine(limit: 5)
    for index in 0..<20 {
      #expect(engine.component(ComponentName("c\(index)")).isProtected)
      #expect(throws: Never.self) { try engine.register(ComponentName("c\(index)")) }
    }
    #expect(!engine.component("new").isProtected)
  }

  @Test func `the thrown error has the limit and the remedy`() async throws {
    let engine = try await engine(limit: 1)
    #expect(try engine.register("a").isProtected)
    let error = #expect(throws: ComponentLimitError.self) { try engine.register("b") }
    #expect(error == ComponentLimitError(component: "b", limit: 1))
    #expect(error?.description.contains("limit of 1 ") == true)
    #expect(error?.description.contains("forget components") == true)
    #expect(engine.unprotectedCalls == 0)
  }

  @Test func `several names are admitted together or not at all`() async throws {
    let engine = try await engine(limit: 3)
    try engine.register("a")
    #expect(throws: ComponentLimitError(component: "d", limit: 3)) {
      try engine.admit(["a", "b", "b", "c", "d", "e"])
    }
    try engine.admit(["a", "b", "c", "c"])
    #expect(throws: ComponentLimitError.self) { try engine.admit(["d"]) }
    try engine.admit(["c", "a"])
  }

  @Test func `a new name is accepted after the limit is raised or a component is forgotten`() async throws {
    let engine = try await engine(limit: 1)
    #expect(engine.component("a").isProtected)
    #expect(!engine.component("b").isProtected)
    engine.componentLimit = 2
    #expect(engine.component("b").isProtected)
    #expect(!engine.component("c").isProtected)
    engine.forget("a")
    #expect(engine.component("c").isProtected)
    #expect(!engine.component("a").isProtected)
    engine.componentLimit = 0
    #expect(engine.component("b").isProtected && !engine.component("d").isProtected)
  }

  // MARK: An unprotected call

  @Test func `an unprotected call runs once with its own fallbacks and writes no row`() async throws {
    let policy = ComponentPolicy(
      fallback: FallbackStrategy(Fallback<Int>("policy") { 7 }),
      timeouts: TimeoutOptions(attempt: .seconds(1)),
      bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    let engine = try await engine(limit: 0, policy)
    let component = engine.component("new")
    let runs = Atomic(0)
    for _ in 0..<3 {
      await #expect(throws: Refused.self) {
        try await component.execute("get") { () -> Int in
          runs.add(1, ordering: .relaxed)
          // Neither does a second call at once find the bulkhead full.
          #expect(try await component.execute("inner") { 1 } == 1)
          throw Refused()
        }
      }
    }
    #expect(runs.load(ordering: .relaxed) == 3)
    #expect(try await component.execute("get", fallbacks: [Fallback("call") { 8 }]) { throw Refused() } == 8)
    #expect(try await component.execute("get", input: 4) { $0 * 2 } == 8)
    await #expect(throws: CancellationError.self) {
      try await component.execute("get") { throw CancellationError() }
    }
    #expect(engine.unprotectedCalls == 9)
    #expect(!component.isCircuitOpen && component.breakerSnapshot() == nil)
    #expect(try await ledger.components.all().isEmpty)
    #expect(try await ledger.samples.recent(component: nil, limit: 10).isEmpty)
    #expect(try await ledger.errors.recent(component: nil, limit: 10).isEmpty)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 10).isEmpty)
    #expect(try await ledger.feed.lastPosition() == 0)
  }

  @Test func `a failed unprotected call undoes its steps and restores its state`() async throws {
    let component = try await engine(limit: 0).component("new")
    var value = 1
    await #expect(throws: Refused.self) {
      try await component.execute("change", state: &value) {
        $0 = 2
        throw Refused()
      }
    }
    #expect(value == 1)
    let undone = Lock<[String]>([])
    await #expect(throws: Refused.self) {
      try await component.executeSteps("steps") { scope in
        for step in ["a", "b"] {
          scope.onRollback(step) { undone.withLock { $0.append(step) } }
        }
        throw Refused()
      }
    }
    #expect(undone.withLock { $0 } == ["b", "a"])
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 10).isEmpty)
  }

  @Test func `reports of a rejected component are counted`() async throws {
    let engine = try await engine(limit: 0)
    let component = engine.component("new")
    component.report(.success)
    #expect(component.report(Refused(), operation: "get").category == .network)
    component.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "new", operation: "get", action: .retry,
        outcome: .succeeded, attempts: 1, duration: .zero))
    #expect(engine.unprotectedCalls == 3)
    component.resetMetrics()
    component.resetBreaker()
    #expect(throws: NoCircuitBreakerError.self) {
      try component.force(CircuitOverride(kind: .forcedOpen, actor: "a", reason: "r"))
    }
    #expect(try await component.execute("get") { 1 } == 1)
    #expect(try engine.setPolicy(.standard, of: "new").isProtected == false)
    #expect(try await ledger.components.all().isEmpty)
    #expect(try await engine.breakers().isEmpty)
  }

  @Test func `a monitor's own components are monitored past the limit, and reading others creates none`()
    async throws
  {
    let engine = try await engine(limit: 0)
    let monitor = HealthMonitor(engine: engine)
    #expect(await monitor.check("asked") == nil)
    #expect(try await monitor.health(of: "asked") == nil)
    monitor.register("configured")
    #expect(await monitor.check("configured")?.status == .healthy)
    #expect(try await ledger.components.all().map(\.name) == ["configured"])
  }
}
