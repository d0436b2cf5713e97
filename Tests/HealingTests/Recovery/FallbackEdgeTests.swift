import Foundation
import HealingTestSupport
import Dispatch
import Synchronization
import Testing

@testable import Healing

/// Fallbacks and rollbacks together with similar failures.
@Suite struct FallbackEdgeTests {
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  // Unrelated components in one outage, no detached trick: two independent services of one process.
  @Test func `two components with the same failures at the same time both open their circuits`() async throws
  {
    struct Wrap: Error { let underlyingError: any Error }
    let time = SystemTimeSource()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 5)),
      time: time)
    let plain = ComponentPolicy(retry: nil, breaker: nil)
    let a = try engine.component("a", policy: plain)
    let b = engine.component("b")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<1_000 {
            _ = try? await a.execute("x") {
              try await Task.sleep(for: .microseconds(200)); throw POSIXError(.ECONNREFUSED)
            }
          }
        }
      }
      group.addTask {
        for _ in 0..<60 {
          _ = try? await b.execute("y") {
            try await Task.sleep(for: .milliseconds(2))
            throw Wrap(underlyingError: POSIXError(.ECONNREFUSED))
          }
        }
      }
    }
    let errors = try await ledger.errors.recent(component: "b", limit: 100)
    let references = errors.count { $0.causeID != nil }
    #expect(
      b.breakerSnapshot()?.state == .open,
      "state \(String(describing: b.breakerSnapshot()?.state)); \(references) of \(errors.count) are references to a"
    )
  }
  // A handler that fails: the alert of a component whose health check was removed by reload and forgotten
  @Test func `a value that is judged a failure is returned after the rollback`() async throws {
    // A judged-failure value with state: what does the caller get?
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: nil, breaker: nil,
      judge: CallJudge { (r: Result<Int, any Error>) in if case .success(503) = r { .failure() } else { nil }
      })
    let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    let (value, state) = try await api.execute("x", initialState: 1) { s in
      s = 2; return 503
    }
    #expect(value == 503 && state == 1)
    let t = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(t.undone == 1)
  }
  // Cancelled caller, cancelled in a fallback after a rejection, etc: one outcome each
  @Test func `a caller that cancels during a fallback interrupts its execution`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    _ = try? await api.execute("x") { throw Down() }
    let task = Task {
      try await api.execute(
        "x",
        fallbacks: [
          Fallback("f") {
            try await Task.sleep(for: .seconds(100)); return 1
          }
        ]
      ) { 2 }
    }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    _ = try? await task.value
    let t = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(
      t.executions == 1 && t.rejected == 1 && t.lost == 1 && t.interrupted == 1 && t.degraded == 0, "\(t)")
  }
}
