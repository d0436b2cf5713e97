import Foundation
import HealingTestSupport
import Dispatch
import Synchronization
import Testing

@testable import Healing

/// Verdicts that contradict the error, and policies given at the same time.
@Suite struct VerdictEdgeTests {
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Wrong: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .validation }
  }
  @Test(arguments: ["state", "initial state", "steps", "input"])
  func `every form of execute takes a judge of the call`(form: String) async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let api = engine.component("api")
    let judge: (Result<Int, any Error>) -> CallVerdict? = { result in
      if case .success(503) = result { .failure(.api) } else { nil }
    }
    var state = 0
    let value =
      switch form {
      case "state": try await api.execute("x", state: &state, judge: judge) { _ in 503 }
      case "initial state": try await api.execute("x", initialState: 0, judge: judge) { _ in 503 }.value
      case "steps": try await api.executeSteps("x", judge: judge) { _ in 503 }
      default: try await api.execute("x", input: 1, judge: judge) { _ in 503 }
      }
    #expect(value == 503)
    #expect(try await ledger.samples.rates(.all, component: "api").first?.failedRequests == 1)
  }
  // failure verdict on an error that is classified as a cancellation or a local rejection
  @Test(arguments: [0, 1, 2, 3, 4]) func `a failure verdict counts as a failure, whatever the error`(
    kind: Int
  )
    async throws
  {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1),
      judge: CallJudge { (r: Result<Int, any Error>) in
        if case .failure = r { .failure(kind == 4 ? .validation : nil) } else { nil }
      })
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    _ = try? await engine.component("api").execute("x") { () -> Int in
      switch kind {
      case 0: throw POSIXError(.ECANCELED)
      case 3, 4: throw Wrong()
      case 1: throw CircuitOpenError(component: "other", retryAfter: nil, errorID: nil)
      default: struct E: Error, CustomStringConvertible { var description: String { "HTTP 499" } }; throw E()
      }
    }
    let r = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(r.failedRequests == 1 && r.rejectedRequests == 0, "\(r)")
    #expect(engine.component("api").breakerSnapshot()?.state == .open)
    let category = try await ledger.errors.recent(component: "api", limit: 1).first?.classification.category
    #expect(category != .validation)
  }
  @Test func `a circuit that a policy without a breaker closed sends no alert`() async throws {
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
    for _ in 0..<100 { try await api.execute("x") {} }
    time.advance(by: .seconds(600))
    for _ in 0..<100 { try await api.execute("x") {} }
    _ = await monitor.check("api")
    let kinds = try await ledger.checks.recentAlerts(component: "api", limit: 10).map(\.kind)
    #expect(kinds.isEmpty, "\(kinds)")
  }
  @Test func `an explicit policy wins over a concurrent registration`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time, componentLimit: 100_000)
    let explicit = ComponentPolicy(retry: nil, health: HealthOptions(minimumCalls: 1))
    let options = CircuitBreakerOptions(failureThreshold: 9)
    final class Shared: Sendable { let turn = Atomic<Int>(-1); let done = Atomic<Int>(0) }
    let shared = Shared()
    let n = 20_000
    for i in 0..<n { _ = engine.component(ComponentName("c\(i)")) }
    Thread {
      for i in 0..<n {
        while shared.turn.load(ordering: .acquiring) < i {}
        _ = engine.component(ComponentName("c\(i)"), withBreaker: options)
        shared.done.store(i + 1, ordering: .releasing)
      }
    }.start()
    var lost = 0
    for i in 0..<n {
      let name = ComponentName("c\(i)")
      shared.turn.store(i, ordering: .releasing)
      for _ in 0..<(i % 40) { _ = shared.done.load(ordering: .relaxed) }
      _ = try? engine.component(name, policy: explicit)
      while shared.done.load(ordering: .acquiring) < i + 1 {}
      if engine.component(name).sharedPolicy.source != .explicit { lost += 1 }
    }
    #expect(lost == 0, "explicit policies silently replaced: \(lost) of \(n)")
  }
  // retry of a call in progress when the component was forgotten
  @Test func `the retry of a call in progress does not make a forgotten component known`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(retry: RetryOptions(maxAttempts: 3, initialDelay: .zero), breaker: nil)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let api = engine.component("api")
    var n = 0
    _ = try? await api.execute("x") {
      n += 1
      if n == 1 { engine.forget("api") }
      throw Down()
    }
    let known = try await ledger.components.find("api")
    #expect(known == nil, "calls in progress do not make the component known again")
  }
}
