import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What an engine restores from the ledger when it starts.
@Suite struct RestoreTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func policy() throws -> ComponentPolicy {
    ComponentPolicy(
      retry: nil,
      breaker: CircuitBreakerOptions(
        trip: .consecutiveFailures(3), successThreshold: 1, openDuration: .seconds(60), openGrowth: 2))
  }

  /// Runs `body` on a new engine over the file, then closes the ledger, as a deploy would.
  private func inOneProcess(_ body: (RecoveryEngine) async throws -> Void) async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    try await body(try await RecoveryEngine(ledger: ledger, policy: try policy(), time: time))
    try await ledger.close()
  }

  private func fail(_ engine: RecoveryEngine, times: Int) async {
    for _ in 0..<times {
      await #expect(throws: Refused.self) { try await engine.execute("get", on: "api") { throw Refused() } }
    }
  }

  private func retryAfter(_ engine: RecoveryEngine) async -> Duration? {
    await #expect(throws: CircuitOpenError.self) { try await engine.execute("get", on: "api") {} }?.retryAfter
  }

  @Test func `an open breaker stays open after a restart for the rest of its wait`() async throws {
    try await inOneProcess { await fail($0, times: 3) }
    time.advance(by: .seconds(20))
    try await inOneProcess { #expect(await retryAfter($0) == .seconds(40)) }
    time.advance(by: .seconds(40))
    try await inOneProcess { try await $0.execute("get", on: "api") {} }
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      #expect(try await engine.breakers().first?.state == .closed)
      let recovery = try #require(try await engine.recentRecoveries().last)
      #expect(recovery.action == .circuitBreak && recovery.duration == .seconds(60))
    }
  }

  @Test func `counts towards the threshold survive a restart`() async throws {
    try await inOneProcess { await fail($0, times: 2) }
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 1)
      #expect(engine.component("api").isCircuitOpen)
    }
  }

  /// The counts in the window of a rate rule decide whether the next failure trips: half of ten calls trip.
  private func failuresUntilTrip(
    after pause: Duration, window: RateTripRule.Window, slow: Bool = false
  ) async throws -> Int {
    let rule = RateTripRule(
      window: window, minimumCalls: 10, failureRate: slow ? nil : 0.5, slowCallRate: slow ? 0.5 : nil,
      slowCallDuration: .seconds(1))
    let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(trip: .rate(rule)))
    let path = folder.path("rate-\(slow)-\(pause)-\(window).db")
    var ledger = try SQLiteLedger(path: path, time: time)
    var component = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    func fail() async {
      _ = try? await component.execute("get") {
        if slow { time.advance(by: .seconds(1)) } else { throw Refused() }
      }
    }
    for _ in 0..<5 { try await component.execute("get") {} }
    for _ in 0..<4 { await fail() }
    #expect(!component.isCircuitOpen)
    try await ledger.close()
    time.advance(by: pause)
    ledger = try SQLiteLedger(path: path, time: time)
    component = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    var failures = 0
    while !component.isCircuitOpen {
      await fail()
      failures += 1
    }
    try await ledger.close()
    return failures
  }

  @Test func `a restart restores the counts that are still within a rate window`() async throws {
    #expect(try await failuresUntilTrip(after: .zero, window: .calls(10)) == 1)
    #expect(try await failuresUntilTrip(after: .seconds(3_600), window: .calls(10)) == 1)
    #expect(try await failuresUntilTrip(after: .zero, window: .calls(10), slow: true) == 1)
    #expect(try await failuresUntilTrip(after: .seconds(50), window: .time(.seconds(100))) == 5)
    #expect(try await failuresUntilTrip(after: .seconds(100), window: .time(.seconds(100))) == 10)
  }

  @Test func `a restart restores no failures older than the window`()
    async throws
  {
    func component(_ ledger: SQLiteLedger, _ window: RateTripRule.Window) async throws -> Component {
      let rule = RateTripRule(window: window, minimumCalls: 10, failureRate: 0.5)
      let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(trip: .rate(rule)))
      return try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    }
    for window in [RateTripRule.Window.calls(20), .time(.seconds(60))] {
      let path = folder.path("left-\(window).db")
      var ledger = try SQLiteLedger(path: path, time: time)
      var api = try await component(ledger, window)
      for _ in 0..<6 { try await api.execute("get") {} }
      for _ in 0..<5 { _ = try? await api.execute("get") { throw Refused() } }
      if case .calls = window {
        for _ in 0..<40 { try await api.execute("get") {} }
      } else {
        time.advance(by: .seconds(3_600))
        // Writes the breaker down under the time of now.
        try api.force(CircuitOverride(kind: .forcedClosed, actor: "ops", reason: "test"))
        try api.liftOverride(actor: "ops")
      }
      try await ledger.close()
      ledger = try SQLiteLedger(path: path, time: time)
      api = try await component(ledger, window)
      for _ in 0..<6 { _ = try? await api.execute("get") { throw Refused() } }
      #expect(!api.isCircuitOpen, "\(window)")
      try await ledger.close()
    }
  }

  @Test
  func `a restart restores no failures and slow calls that left a window that was read meanwhile`()
    async throws
  {
    for (isRead, slow) in [(false, false), (true, false), (false, true), (true, true)] {
      let rule = RateTripRule(
        window: .time(.seconds(60)), minimumCalls: 10, failureRate: slow ? nil : 0.5,
        slowCallRate: slow ? 0.5 : nil, slowCallDuration: .seconds(1))
      let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(trip: .rate(rule)))
      let path = folder.path("read-\(isRead)-\(slow).db")
      var ledger = try SQLiteLedger(path: path, time: time)
      var api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
      func bad(_ count: Int) {
        for _ in 0..<count { api.report(slow ? .success : .failure, duration: .seconds(slow ? 1 : 0)) }
      }
      func good(_ count: Int) { for _ in 0..<count { api.report(.success) } }
      good(8)
      bad(5)
      time.advance(by: .seconds(54))
      bad(1)
      good(4)
      time.advance(by: .seconds(12))
      if isRead { _ = api.breakerSnapshot() }
      good(1)
      try await ledger.close()
      ledger = try SQLiteLedger(path: path, time: time)
      api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
      let restored = try #require(api.breakerSnapshot())
      #expect(restored.windowCalls == 6, "read \(isRead)")
      #expect(restored.windowFailures + restored.windowSlowCalls == 1, "read \(isRead)")
      try await ledger.close()
    }
  }

  @Test
  func `a closed circuit whose timed forced-open override expires probes first, also after a restart`()
    async throws
  {
    func force() async throws {
      try await inOneProcess { (engine: RecoveryEngine) async throws in
        try engine.component("api").force(
          CircuitOverride(
            kind: .forcedOpen, actor: "ops", reason: "maintenance",
            expiresAt: time.wallClock() + .seconds(100)))
      }
    }
    try await force()
    time.advance(by: .seconds(100))
    // Twice: a process that made no call has learned nothing.
    for _ in 0..<2 { try await inOneProcess { #expect(!$0.component("api").isCircuitOpen) } }
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 1)
      #expect(engine.component("api").isCircuitOpen)
      try await engine.ledger.flush()
      let last = try await engine.ledger.breakers.transitions(component: "api", limit: 2)
      #expect(last.map(\.reason) == ["override_expired", "probe_failed"])
      time.advance(by: .seconds(60))
      try await engine.execute("get", on: "api") {}
    }
    // It has probed: the override that has expired is of no more effect.
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 1)
      #expect(!engine.component("api").isCircuitOpen)
    }
    try await force()
    try await inOneProcess { try $0.component("api").liftOverride(actor: "ops") }
    time.advance(by: .seconds(100))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 1)
      #expect(!engine.component("api").isCircuitOpen)
    }
  }

  @Test func `a component that gets a breaker later restores its stored state`() async throws {
    try await inOneProcess { await fail($0, times: 3) }
    time.advance(by: .seconds(20))
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil), time: time)
    try await engine.execute("get", on: "api") {}
    try engine.setPolicy(try policy(), of: "api")
    #expect(await retryAfter(engine) == .seconds(40))
    engine.component("api").resetBreaker(actor: "ops")
    try await ledger.flush()
    let last = try #require(try await ledger.breakers.transitions(component: "api", limit: 1).last)
    #expect(last.from == .open && last.to == .closed)
    #expect(try await engine.recentRecoveries().last?.action == .circuitBreak)
    try await ledger.close()
  }

  @Test func `setting the wall clock back does not lengthen a wait; setting it forward ends the wait`()
    async throws
  {
    try await inOneProcess { await fail($0, times: 3) }
    time.jumpWall(by: .seconds(-86_400))
    try await inOneProcess { #expect(await retryAfter($0) == .seconds(60)) }
    time.jumpWall(by: .seconds(2 * 86_400))
    try await inOneProcess { try await $0.execute("get", on: "api") {} }
  }

  @Test func `a half-open circuit is open and due after a restart`() async throws {
    try await inOneProcess { await fail($0, times: 3) }
    time.advance(by: .seconds(60))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      // The probe is cancelled: the circuit stays half-open.
      await #expect(throws: CancellationError.self) {
        try await engine.execute("get", on: "api") { throw CancellationError() }
      }
      #expect(try await engine.breakers().first?.state == .halfOpen)
    }
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      #expect(!engine.component("api").isCircuitOpen)
      try await engine.execute("get", on: "api") {}
      #expect(try await engine.breakers().first?.state == .closed)
    }
  }

  @Test func `consecutive trips survive a restart, so the wait keeps growing`() async throws {
    try await inOneProcess { await fail($0, times: 3) }
    time.advance(by: .seconds(60))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 1)
      #expect(await retryAfter(engine) == .seconds(120))
    }
  }

  @Test func `health is restored after a restart`() async throws {
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 2)
      try await engine.execute("get", on: "api") {}
      try await engine.ledger.flush()
    }
    time.advance(by: .seconds(60))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      let summary = engine.component("api").windowSummary()
      #expect(summary.failures == 2 && summary.successes == 1)
    }
    time.advance(by: .seconds(260))
    try await inOneProcess { #expect($0.component("api").windowSummary().total == 0) }
  }

  @Test func `the ledger has every recovery in progress, also while steps are undone`() async throws {
    struct Again: RecoveryStrategy {
      func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
        -> RecoveryResult<Value>
      {
        _ = try? await operation()
        do { return .succeeded(try await operation()) } catch { return .failed(error) }
      }
    }
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1)), breaker: nil, strategies: [Again()])
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let file = try Connection(path: folder.path(), mode: .readOnly)
    var underWay: [String] = []
    _ = try? await engine.component("api").executeSteps("checkout") { steps in
      try await steps.run("seat") {
      } undo: { _ in
      }
      try await ledger.flush()
      underWay.append(
        try file.text(
          "SELECT a.name FROM recovery_in_progress r JOIN recovery_action a ON a.id = r.action") ?? "none")
      throw Refused()
    }
    #expect(underWay == ["none", "retry_backoff", "retry_backoff", "custom", "custom"])
    try await ledger.flush()
    #expect(try file.integer("SELECT count(*) FROM recovery_in_progress") == 0)
    try await ledger.close()
  }

  @Test func `an operator's override survives until it expires`() async throws {
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      try engine.component("api").force(
        CircuitOverride(
          kind: .forcedOpen, actor: "ops", reason: "maintenance", expiresAt: time.wallClock() + .seconds(100))
      )
    }
    time.advance(by: .seconds(30))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      #expect(await retryAfter(engine) == .seconds(70))
      #expect(try await engine.breakers().first?.override?.actor == "ops")
    }
    time.advance(by: .seconds(70))
    try await inOneProcess { try await $0.execute("get", on: "api") {} }
  }

  @Test func `a restart restores an override without an end, and extreme times`() async throws {
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      await fail(engine, times: 3)
      try engine.component("api").force(
        CircuitOverride(
          kind: .forcedOpen, actor: "ops", reason: "for ever", expiresAt: Timestamp(microseconds: .max)))
    }
    time.jumpWall(by: .seconds(8_000_000_000_000))
    try await inOneProcess { (engine: RecoveryEngine) async throws in
      _ = await retryAfter(engine)
      engine.component("api").resetBreaker(actor: "ops")
      try await engine.execute("get", on: "api") {}
    }
  }
}
