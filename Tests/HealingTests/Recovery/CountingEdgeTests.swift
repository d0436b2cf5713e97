import Foundation
import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// Edge cases of outcomes, verdicts and reports of clients.
@Suite struct CountingEdgeTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger
  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Perm: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .database }
  }
  private struct OutOfStock: Error, Equatable {}
  private struct Again: RecoveryStrategy {
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> {
      do { return .succeeded(try await operation(), message: "again") } catch { return .failed(error) }
    }
  }
  private func engine(_ policy: ComponentPolicy) async throws -> RecoveryEngine {
    try await RecoveryEngine(ledger: ledger, policy: policy, time: time, seed: 1)
  }
  private func totals(_ c: ComponentName? = nil) async throws -> ExecutionTotals {
    try await ledger.recoveries.statistics(.all, component: c).executions
  }
  private static let retry = RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none)

  @Test func `three failures after a lock-free success are consecutive`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil))
    let api = engine.component("api")
    try await api.execute("get") {}
    for _ in 0..<3 { _ = try? await api.execute("get") { throw Down() } }
    let summary = api.windowSummary()
    #expect(summary.failuresInRow == 3, "memory: \(summary)")
    #expect(HealthOptions.standard.judge(summary).status == .critical)
    let health = try await HealthMonitor(engine: engine).health(of: "api")
    #expect(health?.status == .critical, "ledger")
  }
  @Test func `a lock-free success resets the count of consecutive failures`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil, breaker: nil))
    let api = engine.component("api")
    try await api.execute("get") {}
    _ = api.windowSummary()
    for _ in 0..<3 { _ = try? await api.execute("get") { throw Down() } }
    try await api.execute("get") {}
    #expect(api.windowSummary().failuresInRow == 0)
  }
  @Test func `an error judged a success in a strategy ends the execution as a success`() async throws {
    let policy = ComponentPolicy(
      retry: nil, breaker: nil, strategies: [Again()],
      judge: CallJudge { (r: Result<Int, any Error>) in
        if case .failure(let e) = r, e is OutOfStock { .success } else { nil }
      })
    let api = try await engine(policy).component("api")
    var calls = 0
    var fallbackAsked = false
    var thrown: (any Error)?
    do {
      let v = try await api.execute(
        "reserve",
        fallbacks: [
          Fallback("f") {
            fallbackAskedBox.withLock { $0 = true }; return 7
          }
        ]
      ) { () -> Int in
        calls += 1
        if calls == 1 { throw Down() }
        throw OutOfStock()
      }
      Issue.record("returned \(v)")
    } catch { thrown = error }
    fallbackAsked = fallbackAskedBox.withLock { $0 }
    #expect(calls == 2)
    #expect(thrown is OutOfStock, "\(String(describing: thrown))")
    #expect(!fallbackAsked)
    let t = try await totals()
    #expect(t.saved == 1, "\(t)")
  }
  @Test func `an error of the caller in a strategy runs no fallback`() async throws {
    let policy = ComponentPolicy(
      retry: nil, breaker: nil, strategies: [Again()],
      judge: CallJudge { (r: Result<Int, any Error>) in
        if case .failure(let e) = r, e is OutOfStock { .callerError } else { nil }
      })
    let api = try await engine(policy).component("api")
    var calls = 0
    let v = try? await api.execute("reserve", fallbacks: [Fallback("f") { 7 }]) { () -> Int in
      calls += 1
      if calls == 1 { throw Down() }
      throw OutOfStock()
    }
    #expect(v == nil, "a caller error is not recovered from")
    let t = try await totals()
    #expect(t.degraded == 0, "\(t)")
  }
  @Test func `an error judged a success in a strategy is thrown`() async throws {
    let policy = ComponentPolicy(
      retry: nil, breaker: nil, strategies: [Again()],
      judge: CallJudge { (r: Result<Int, any Error>) in
        if case .failure(let e) = r, e is OutOfStock { .success } else { nil }
      })
    let api = try await engine(policy).component("api")
    var calls = 0
    await #expect(throws: OutOfStock.self) {
      try await api.execute("reserve") { () -> Int in
        calls += 1
        if calls == 1 { throw Down() }
        throw OutOfStock()
      }
    }
    let t = try await totals()
    #expect(t.saved == 1 && t.lost == 0, "\(t)")
  }
  @Test func `a failed undo of one attempt counts, even if a later attempt's undo succeeds`() async throws {
    let api = try await engine(ComponentPolicy(retry: Self.retry, breaker: nil)).component("api")
    var attempt = 0
    _ = try? await api.executeSteps("steps") { steps in
      attempt += 1
      let n = attempt
      _ = try await steps.run("a") {
        1
      } undo: { _ in
        if n == 1 { throw Perm() }
      }
      throw Down()
    }
    let t = try await totals()
    #expect(t.undone == 0 && t.lost == 1, "attempt 1 could not be undone: \(t)")
  }
  @Test func `an execution is undone when a later attempt had nothing to undo`() async throws {
    let api = try await engine(ComponentPolicy(retry: Self.retry, breaker: nil)).component("api")
    var attempt = 0
    _ = try? await api.executeSteps("steps") { steps in
      attempt += 1
      if attempt == 1 {
        _ = try await steps.run("a") {
          1
        } undo: { _ in
        }
      }
      throw Down()
    }
    let t = try await totals()
    #expect(t.undone == 1 && t.lost == 0, "everything that was done was rolled back: \(t)")
  }
  @Test func `a reported rejection counts as rejected, with its outcome`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil))
    let api = engine.component("api")
    api.report(CircuitOpenError(component: "inner", retryAfter: nil, errorID: nil), operation: "get")
    let s = api.windowSummary()
    #expect(s.callerErrors == 0 && s.rejected == 1, "\(s)")
    let t = try await totals()
    #expect(t.rejected == 1 && t.lost == 1, "\(t)")
    let by = try await ledger.rejections.byOperation(.all, component: "api")
    #expect(by.count == 1, "\(by)")
  }
  @Test func `a call by an old handle records its policy again`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil))
    let strict = ComponentPolicy(retry: nil, health: HealthOptions(minimumCalls: 1))
    let api = try engine.component("api", policy: strict)
    try await api.execute("get") {}
    engine.forget("api")
    try await api.execute("get") {}
    #expect(engine.component("api") === api)
    #expect(api.policy.health.minimumCalls == 1)
    let latest = try await ledger.policies.latest().filter { $0.component == "api" }.map(\.source)
    #expect(latest.last == .explicit, "\(latest)")
    let observer = try await RecoveryEngine(ledger: ledger, time: time, isObserver: true)
    #expect(observer.healthOptions(of: "api").minimumCalls == 1)
  }
  @Test func `an error that only resembles another component's is not a reference`() async throws {
    struct Wrap: Error { let underlyingError: any Error }
    let breaker = CircuitBreakerOptions(failureThreshold: 3)
    let engine = try await engine(ComponentPolicy(retry: nil, breaker: breaker))
    let a = engine.component("a")
    let b = engine.component("b")
    for _ in 0..<20 {
      // b's own dependency fails while an unrelated call on a fails alike.
      _ = try? await b.execute("own") {
        let unrelated = Task.detached { _ = try? await a.execute("x") { throw POSIXError(.ECONNREFUSED) } }
        await unrelated.value
        a.resetBreaker()
        throw Wrap(underlyingError: POSIXError(.ECONNREFUSED))
      }
    }
    #expect(b.breakerSnapshot()?.state == .open, "20 failures of b's own")
  }
  @Test func `retries that a client reports belong to one execution`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil, breaker: nil))
    let api = engine.component("api")
    let e = api.report(Down(), operation: "get")
    _ = api.report(Down(), operation: "get")
    api.report(.success)
    api.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: e.id,
        action: .retry, outcome: .succeeded, attempts: 3, duration: .zero, message: ""))
    let t = try await totals()
    #expect(t.executions == 1 && t.saved == 1 && t.lost == 0, "\(t)")
    #expect(t.effectiveSuccessRate == 1)
  }
  @Test func `failed retries that a client reports are one lost execution`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil, breaker: nil))
    let api = engine.component("api")
    let e = api.report(Down(), operation: "get")
    _ = api.report(Down(), operation: "get")
    _ = api.report(Down(), operation: "get")
    api.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: e.id,
        action: .retry, outcome: .failed, attempts: 3, duration: .zero, message: ""))
    let t = try await totals()
    #expect(t.executions == 1 && t.lost == 1, "\(t)")
  }
  @Test func `a time limit that ends a strategy's attempt is a timeout`() async throws {
    for _ in 0..<20 {
      let held = VirtualTime(jumps: false)
      let ledger = InMemoryLedger(time: held)
      let policy = ComponentPolicy(
        retry: nil, breaker: nil, strategies: [Again()], timeouts: TimeoutOptions(total: .seconds(5)))
      let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: held).component("api")
      let call = Task {
        let calls = Lock(0)
        try await api.execute("get") {
          let n = calls.withLock {
            $0 += 1; return $0
          }
          if n == 1 { throw Down() }
          try await held.sleep(for: .seconds(1_000))
        }
      }
      await held.waitForSleepers(3)
      held.advance(by: .seconds(5))
      _ = try? await call.value
      let r = try #require(try await ledger.samples.rates(.all, component: "api").first)
      #expect(r.failedRequests == 2 && r.cancelledRequests == 0, "\(r)")
      let t = try await ledger.recoveries.statistics(.all, component: nil).executions
      #expect(t.executions == 1 && t.lost == 1, "\(t)")
    }
  }
  @Test func `operations that differ only in secrets take no more memory`() async throws {
    var log = RejectionLog()
    for i in 0..<20_000 { _ = log.log("login password=hunter\(i)x9Z", slot: 1_000_000, at: 0) }
    let m = Mirror(reflecting: log).children.first { $0.label == "numbers" }?.value as? [String: UInt16]
    #expect((m?.count ?? 0) <= 1_000, "\(m?.count ?? -1)")
  }
  @Test func `an ignored reply after a failure saves the execution`() async throws {
    let policy = ComponentPolicy(
      retry: Self.retry, breaker: nil,
      judge: CallJudge { (r: Result<Int, any Error>) in
        if case .success(304) = r { .ignored } else { nil }
      })
    let api = try await engine(policy).component("api")
    var calls = 0
    let v = try? await api.execute("g") { () -> Int in
      calls += 1
      if calls == 1 { throw Down() }
      return 304
    }
    #expect(v == 304)
    let t = try await totals()
    #expect(t.executions == 1 && t.saved == 1, "\(t)")
  }
  @Test func `an inner component that a fallback calls does not change the outcome`() async throws {
    // The fallback's error is thrown? and outcome counts for a nested engine component
    let engine = try await engine(ComponentPolicy(retry: nil, breaker: nil))
    let a = engine.component("a"), b = engine.component("b")
    let v = try? await a.execute("x", fallbacks: [Fallback("b") { try await b.execute("y") { 2 } }]) {
      () -> Int in throw Down()
    }
    #expect(v == 2)
    #expect(try await totals("a").degraded == 1)
    #expect(try await totals("b").executions == 1)
  }
  @Test func `a strategy can save a call with an error of the caller`() async throws {
    struct Wrong: SelfClassifyingError { var errorCategory: ErrorCategory? { .validation } }
    struct Make: RecoveryStrategy {
      nonisolated(nonsending) func recover<Value>(
        _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
      ) async -> RecoveryResult<Value> {
        do { return .succeeded(try await operation(), message: "again") } catch { return .failed(error) }
      }
    }
    let api = try await engine(ComponentPolicy(retry: nil, breaker: nil, strategies: [Make()])).component(
      "api")
    await #expect(throws: Wrong.self) { try await api.execute("g") { throw Wrong() } }
    let t = try await totals()
    #expect(t.lost == 0 && t.executions == 0, "\(t)")
  }
  @Test func `options of a policy that are not finite are rejected`() async throws {
    let policy = ComponentPolicy(health: HealthOptions(degradedErrorRate: .nan))
    #expect(throws: InvalidOptionError.self) { try policy.validate() }
  }
}
private let fallbackAskedBox = Lock(false)
