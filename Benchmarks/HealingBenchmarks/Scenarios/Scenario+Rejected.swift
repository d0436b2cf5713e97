import Healing
import HealingSQLite
import Synchronization

extension Scenario {
  /// A call that an open breaker turns away.
  static let rejected = Scenario("rejected") { bench in
    let ledger = try SQLiteLedger(path: bench.path("rejected.db"))
    let engine = try await RecoveryEngine(ledger: ledger)
    let component = try engine.component(
      "rejected",
      policy: ComponentPolicy(
        retry: nil,
        breaker: CircuitBreakerOptions(failureThreshold: 1, openDuration: .seconds(3_600))))
    let body = opaque { throw Trouble() }
    _ = try? await component.execute("call", body)
    guard component.isCircuitOpen else { throw Unexpected("the breaker should be open") }

    let bare = BareRejection()
    let fallbacks = [Fallback<Int>("other") { 0 }]
    let figures = try await bench.compare(
      "rejected", calls: 10_000,
      to: Contender(name: "bare rejection: clock, mutex, error thrown and caught") { calls in
        var refused = 0
        for _ in 0..<calls {
          do { _ = try await bare.execute(body) } catch { refused &+= 1 }
        }
        guard refused == calls else { throw Unexpected("a call came through a bare rejection") }
      },
      [
        Contender(name: "rejected by an open breaker", budgets: [.ratioAtMost(2.2)]) { calls in
          var refused = 0
          for _ in 0..<calls {
            do { _ = try await component.execute("call", body) } catch { refused &+= 1 }
          }
          guard refused == calls else { throw Unexpected("a call came through an open breaker") }
        } settle: {
          try await ledger.flush()
        },
        Contender(name: "rejected, and answered by a fallback", budgets: [.ratioAtMost(80)]) { calls in
          var sum = 0
          for _ in 0..<calls { sum &+= try await component.execute("call", fallbacks: fallbacks, body) }
          guard sum == 0 else { throw Unexpected("the fallback did not answer") }
        } settle: {
          try await ledger.flush()
        },
      ])
    let rates = try await ledger.samples.rates(.all, component: nil)
    guard rates.map(\.totalRequests) == [1] else { throw Unexpected("calls came through an open breaker") }
    try await ledger.close()
    return figures
  }
}

/// The least that a breaker is which rejects a call and says for how long: nothing is counted or recorded.
private final class BareRejection: Sendable {
  struct Rejection: Error { let component: String, retryAfter: Int64 }

  private let time = SystemTimeSource()
  private let openUntil = Mutex(Int64.max)

  @inline(never)
  func execute(_ body: () async throws -> Int) async throws -> Int {
    let now = time.monotonicNanoseconds()
    let left = openUntil.withLock { $0 - now }
    if left > 0 { throw Rejection(component: "rejected", retryAfter: left) }
    return try await body()
  }
}
