import Healing
import HealingSQLite

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

    struct Typed: Error { let code: Int }
    @inline(never) @Sendable func refuse(_ code: Int) throws(Typed) -> Int { throw Typed(code: code) }
    let figures = try await bench.compare(
      "rejected", calls: 10_000,
      to: Contender(name: "bare throw and catch of a typed error") { calls in
        var sum = 0
        for call in 0..<calls {
          do throws(Typed) { sum &+= try refuse(call) } catch { sum &+= error.code }
        }
        consume(sum)
      },
      [
        Contender(name: "rejected by an open breaker", budgets: [.atMost(90)]) { calls in
          var refused = 0
          for _ in 0..<calls {
            do { _ = try await component.execute("call", body) } catch { refused &+= 1 }
          }
          guard refused == calls else { throw Unexpected("a call came through an open breaker") }
        } settle: {
          try await ledger.flush()
        }
      ])
    let rates = try await ledger.samples.rates(.all, component: nil)
    guard rates.map(\.totalRequests) == [1] else { throw Unexpected("calls came through an open breaker") }
    try await ledger.close()
    return figures
  }
}
