import Foundation
import HealingTestSupport
import Dispatch
import Synchronization
import Testing

@testable import Healing

/// Callers that cancel during a recovery, and permits of the bulkhead.
@Suite struct InterruptionEdgeTests {
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private final class Probe: Sendable {
    let engine = Lock<RecoveryEngine?>(nil)
    let blocked = Lock(false)
  }
  private struct Named: RecoveryStrategy {
    let probe: Probe
    var name: String {
      guard let engine = probe.engine.withLock({ $0 }) else { return "named" }
      let s = DispatchSemaphore(value: 0)
      Thread {
        _ = engine.components.count; s.signal()
      }.start()
      if s.wait(timeout: .now() + 1) == .timedOut { probe.blocked.withLock { $0 = true } }
      return "named"
    }
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> { .failed(failure.error) }
  }
  // A late undo: outcome when the strategy is a rollback and earlier compensation failed
  @Test func `a caller that cancels after a retry interrupts its execution once`() async throws {
    let held = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: held)
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none), breaker: nil)
    let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: held).component("api")
    let task = Task {
      try await api.execute("x", fallbacks: [Fallback("f") { 1 }]) { () -> Int in throw Down() }
    }
    await held.waitForSleepers()
    task.cancel()
    _ = try? await task.value
    let t = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(t.executions == 1 && t.interrupted == 1 && t.lost == 0 && t.degraded == 0, "\(t)")
  }
  // Judged failing values: nested component returns a value judged failing: nothing counted twice
  @Test func `an error is counted by the innermost of three components`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2)), time: time
    )
    let a = engine.component("a"), b = engine.component("b"), c = engine.component("c")
    for _ in 0..<4 {
      _ = try? await a.execute("x") { try await b.execute("y") { try await c.execute("z") { throw Down() } } }
    }
    #expect(c.breakerSnapshot()?.state == .open)
    #expect(b.breakerSnapshot()?.state == .closed)
    #expect(a.breakerSnapshot()?.state == .closed)
    let ta = try await ledger.recoveries.statistics(.all, component: "a").executions
    #expect(ta.executions == 2 && ta.rejected == 2 && ta.lost == 4, "\(ta)")
    let refs = try await ledger.errors.recent(component: "a", limit: 10)
    #expect(refs.allSatisfy { $0.causeID != nil }, "\(refs.map(\.message))")
  }
  // The total limit ends during a fallback etc; timeouts x bulkhead: no permit leaks
  @Test func `no mix of verdicts, retries and time limits leaks a bulkhead permit`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 2, initialDelay: .zero), breaker: nil,
      timeouts: TimeoutOptions(attempt: .seconds(1), total: .seconds(5)),
      bulkhead: BulkheadOptions(maxConcurrentCalls: 2),
      judge: CallJudge { (r: Result<Int, any Error>) in
        switch r {
        case .success(1): .ignored;
        case .success(2): .callerError;
        case .success(3): .failure();
        default: nil
        }
      })
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let api = engine.component("api")
    for i in 0..<60 {
      _ = try? await api.execute("x") { () -> Int in
        switch i % 6 {
        case 0: return 1
        case 1: return 2
        case 2: return 3
        case 3: throw Down()
        case 4: throw CancellationError()
        default: throw CircuitOpenError(component: "q", retryAfter: nil, errorID: nil)
        }
      }
    }
    #expect(try await api.execute("x") { 9 } == 9)
    _ = try await api.execute("x") { try await api.execute("x") { 9 } }
    let t = try await ledger.recoveries.statistics(.all, component: nil).executions
    print("T53", t)
  }
}
