import Foundation
import HealingTestSupport
import Dispatch
import Synchronization
import Testing

@testable import Healing

/// Deploys, forgotten components, resets and other processes that meet a call in progress.
@Suite struct DeployEdgeTests {
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Again: RecoveryStrategy {
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> {
      do { return .succeeded(try await operation(), message: "again") } catch { return .failed(error) }
    }
  }

  // A redeploy without a breaker on a ledger with an open circuit.
  @Test func `a policy without a breaker closes a circuit that an earlier process left open`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    do {
      let engine = try await RecoveryEngine(
        ledger: ledger,
        policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)),
        time: time)
      _ = try? await engine.component("api").execute("x") { throw Down() }
    }
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let monitor = HealthMonitor(engine: engine)
    let api = try engine.component("api", policy: ComponentPolicy(retry: nil, breaker: nil))
    time.advance(by: .seconds(3600))
    for _ in 0..<100 { try await api.execute("x") {} }
    let h = try #require(try await monitor.health(of: "api"))
    #expect(h.status == .healthy, "\(h.message) \(h.issues)")
    api.resetBreaker(actor: "me")
    let h2 = try #require(try await monitor.health(of: "api"))
    #expect(h2.status == .healthy, "after reset: \(h2.message)")
  }

  // forget during the delivery of `raised`
  @Test(.timeLimit(.minutes(5)))
  func
    `an alert is not delivered after the end of its incident, though the component was forgotten meanwhile`()
    async throws
  {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let monitor = HealthMonitor(engine: engine)
    let delivered = Lock<[AlertRecord.Kind]>([])
    let tried = Lock<[AlertRecord.Kind]>([])
    let gate = AsyncStream.makeStream(of: Void.self)
    let isFirst = Lock(true)
    monitor.onAlert("pager") { alert in
      tried.withLock { $0.append(alert.kind) }
      if alert.kind == .raised,
        isFirst.withLock({
          let was = $0; $0 = false; return was
        })
      {
        for await _ in gate.stream { break }
        throw Down()
      }
      delivered.withLock { $0.append(alert.kind) }
    }
    let api = engine.component("api")
    for _ in 0..<10 { _ = try? await api.execute("x") { throw Down() } }
    _ = await monitor.check("api")
    while tried.withLock({ $0.isEmpty }) { await Task.yield() }
    engine.forget("api")
    gate.continuation.yield()
    while delivered.withLock({ $0.isEmpty }) { await Task.yield() }
    // A round of the monitor; time jumps.
    monitor.start()
    for _ in 0..<200 { await Task.yield() }
    await monitor.stop()
    for _ in 0..<200 { await Task.yield() }
    let kinds = delivered.withLock { $0 }
    #expect(kinds == [.unwatched], "\(kinds)")
  }

  @Test func `an incident does not end while its circuit is open`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: nil,
      breaker: CircuitBreakerOptions(failureThreshold: 5, openDuration: .seconds(3_000)))
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let monitor = try HealthMonitor(
      engine: engine,
      options: MonitorOptions(alertThreshold: .critical, circuitAlertDelay: .seconds(900)))
    let api = engine.component("api")
    for _ in 0..<5 { _ = try? await api.execute("x") { throw Down() } }
    _ = await monitor.check("api")
    time.advance(by: .seconds(400))
    _ = await monitor.check("api")
    #expect(api.isCircuitOpen)
    let kinds = try await ledger.checks.recentAlerts(component: "api", limit: 10).map(\.kind)
    #expect(kinds == [.raised], "An incident does not end while its circuit is open: \(kinds)")
  }

  // strategy cut off by the total limit, real clock
  @Test func `a time limit that ends a strategy's attempt is a timeout on real clocks, too`() async throws {
    var cancelled: Int64 = 0
    var failed: Int64 = 0
    for _ in 0..<20 {
      let time = SystemTimeSource()
      let ledger = InMemoryLedger(time: time)
      let policy = ComponentPolicy(
        retry: nil, breaker: nil, strategies: [Again()],
        timeouts: TimeoutOptions(total: .milliseconds(30)))
      let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
      let calls = Lock(0)
      _ = try? await api.execute("get") {
        let n = calls.withLock {
          $0 += 1; return $0
        }
        if n == 1 { throw Down() }
        try await Task.sleep(for: .seconds(100))
      }
      let r = try #require(try await ledger.samples.rates(.all, component: "api").first)
      cancelled += r.cancelledRequests
      failed += r.failedRequests
    }
    #expect(cancelled == 0 && failed == 40, "cancelled \(cancelled), failed \(failed)")
  }

  // A message of a user's error is made under the engine's lock.
  @Test func `an error is described once and not under the engine's lock`() async throws {
    final class Counter: Sendable { let n = Lock(0) }
    struct Slow: LocalizedError {
      let counter: Counter
      let id: Int
      var errorDescription: String? { counter.n.withLock { $0 += 1 }; return "slow \(id)" }
    }
    struct Wrap: Error { let underlyingError: any Error }
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let counter = Counter()
    let a = engine.component("a"), b = engine.component("b")
    _ = try? await b.execute("o") {
      for i in 0..<64 { _ = try? await a.execute("x") { throw Slow(counter: counter, id: i) } }
      counter.n.withLock { $0 = 0 }
      throw Wrap(underlyingError: Slow(counter: counter, id: -1))
    }
    let n = counter.n.withLock { $0 }
    #expect(n < 8, "errorDescription was called \(n) times")
  }

  // Circuit open in ledger; forced closed expired
  @Test func `an observing process closes no circuit`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 5))
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let monitor = HealthMonitor(engine: engine)
    let api = engine.component("api")
    for _ in 0..<4 { _ = try? await api.execute("x") { throw Down() } }
    api.resetMetrics()
    let h = try #require(try await monitor.health(of: "api"))
    #expect(h.status == .healthy && h.totalRequests == 0)
    _ = try? await api.execute("x") { throw Down() }
    let h2 = try #require(try await monitor.health(of: "api"))
    #expect(h2.totalRequests == 1, "\(h2.message)")
    #expect(h2.circuit?.state == .open)
  }

  // Retry whose attempts straddle a metrics reset
  @Test func `a reset of metrics during a retry keeps the outcome`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none), breaker: nil)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let api = engine.component("api")
    var n = 0
    try await api.execute("x") {
      n += 1
      if n == 1 { throw Down() }
      if n == 2 { api.resetMetrics(); throw Down() }
    }
    let t = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(t.executions == 1 && t.saved == 1, "\(t)")
  }

  // Evidence report without request, in a request
  @Test func `a report of an error text has the request of the task`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let api = engine.component("api")
    RequestInfo.$current.withValue(RequestInfo(requestID: "r", userID: "u")) {
      _ = api.report(ErrorEvidence(message: "connection refused"), operation: "x")
    }
    let e = try #require(try await ledger.errors.recent(component: "api", limit: 1).last)
    #expect(e.requestID == "r")
  }
  // concurrent refreshes out of order
  @Test func `of two concurrent reads of policies the older one changes nothing`() throws {
    var s = StoredPolicies()
    func row(_ id: Int64, _ min: Int) throws -> StoredPolicy {
      let p = PolicyText(ComponentPolicy(health: HealthOptions(minimumCalls: min)))
      return StoredPolicy(
        id: id, at: Timestamp(microseconds: 0), component: "a", json: p.json, source: .explicit, process: 1)
    }
    // Two concurrent polls: one reads up to row 1, the other up to row 2, which is applied first.
    s.add([try row(1, 1), try row(2, 7)])
    s.add([try row(1, 1)])
    #expect(s.healthOptions(of: "a")?.minimumCalls == 7)
  }
}
