import Healing
import HealingSQLite

extension Scenario {
  /// A call that succeeds, under breaker, retry and fallback, its sample recorded in a ledger on disk. A round fits the
  /// ledger's queue and is flushed before the next, so that each call is a row of its own.
  static let execute = Scenario("execute") { bench in
    let ledger = try SQLiteLedger(path: bench.path("execute.db"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: PerCall.policy)
    let name: ComponentName = "execute"
    let component = engine.component(name)
    let others = [engine.component("execute-1"), engine.component("execute-2")]
    let fallbacks = [Fallback<Int>("other") { 0 }]
    let succeed: @Sendable () async throws -> Int = { 1 }
    let body = opaque(succeed)
    @Sendable func flush() async throws { try await ledger.flush() }

    let one = try await bench.compare(
      "execute", calls: 10_000, to: PerCall.bare(body),
      [
        Contender(name: "success, by handle", budgets: [.ratioAtMost(1.5), .noAllocation]) { calls in
          var sum = 0
          for _ in 0..<calls { sum &+= try await component.execute("call", fallbacks: fallbacks, body) }
          consume(sum)
        } settle: {
          try await flush()
        },
        Contender(name: "success, by name", budgets: [.noAllocation]) { calls in
          var sum = 0
          for _ in 0..<calls {
            sum &+= try await engine.execute("call", on: name, fallbacks: fallbacks, body)
          }
          consume(sum)
        } settle: {
          try await flush()
        },
      ])
    let two = try await bench.compare(
      "execute", calls: 5_000,
      to: Contender(name: "bare closure and two clock readings, two threads", threads: 2) { calls in
        try await PerCall.twice { _ in try await PerCall.bareLoop(body, calls) }
      },
      [
        Contender(name: "success, two threads, one component", budgets: [.ratioAtMost(2)], threads: 2) {
          calls in
          try await PerCall.twice { _ in
            var sum = 0
            for _ in 0..<calls { sum &+= try await component.execute("call", fallbacks: fallbacks, body) }
            consume(sum)
          }
        } settle: {
          try await flush()
        },
        Contender(name: "success, two threads, one component each", budgets: [.ratioAtMost(2)], threads: 2) {
          calls in
          try await PerCall.twice { thread in
            let component = others[thread]
            var sum = 0
            for _ in 0..<calls { sum &+= try await component.execute("call", fallbacks: fallbacks, body) }
            consume(sum)
          }
        } settle: {
          try await flush()
        },
      ])
    try await ledger.close()
    return one + two
  }
}
