import Healing
import HealingSQLite

extension Scenario {
  /// A call that succeeds, under breaker, retry and fallback, its sample recorded in a ledger on disk. A round fits the
  /// ledger's queue and is flushed before the next, so that each call is a separate row.
  static let execute = Scenario("execute") { bench in
    let ledger = try SQLiteLedger(path: bench.path("execute.db"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: PerCall.policy)
    let name: ComponentName = "execute"
    let component = engine.component(name)
    let bulkhead = try engine.component(
      "execute-bulkhead", policy: ComponentPolicy(bulkhead: BulkheadOptions(maxConcurrentCalls: 10)))
    let others = [engine.component("execute-1"), engine.component("execute-2")]
    let fallbacks = [Fallback<Int>("other") { 0 }]
    let body = opaque { 1 }
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
        Contender(name: "success, under a bulkhead", budgets: [.noAllocation]) { calls in
          var sum = 0
          for _ in 0..<calls { sum &+= try await bulkhead.execute("call", fallbacks: fallbacks, body) }
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
    @Sendable func execute(_ component: Component, _ calls: Int) async throws {
      var sum = 0
      for _ in 0..<calls { sum &+= try await component.execute("call", fallbacks: fallbacks, body) }
      consume(sum)
    }
    let two = try await bench.compare(
      "execute", calls: 8_000,
      to: .onTwoThreads(name: "bare closure and two clock readings, two threads") { calls, _ in
        try await PerCall.bareLoop(body, calls)
      },
      [
        .onTwoThreads(name: "success, two threads, one component", budgets: [.ratioAtMost(2)]) { calls, _ in
          try await execute(component, calls)
        } settle: {
          try await flush()
        },
        .onTwoThreads(name: "success, two threads, one component each", budgets: [.ratioAtMost(2)]) {
          calls, thread in
          try await execute(others[thread], calls)
        } settle: {
          try await flush()
        },
        .onTwoThreads(name: "success, two threads, by name, one component each") { calls, thread in
          let name = others[thread].name
          var sum = 0
          for _ in 0..<calls {
            sum &+= try await engine.execute("call", on: name, fallbacks: fallbacks, body)
          }
          consume(sum)
        } settle: {
          try await flush()
        },
      ])
    try await ledger.close()
    return one + two
  }
}
