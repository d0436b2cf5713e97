import Healing
import HealingSQLite
import Synchronization

extension Scenario {
  /// Calls during an outage: each error detected, classified and recorded, each recovery recorded. Waits take no time.
  static let failure = Scenario("failure") { bench in
    let ledger = try SQLiteLedger(path: bench.path("failure.db"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: PerCall.policy, time: InstantSleep())
    @Sendable func flush() async throws { try await ledger.flush() }

    // Fails once, and the retry helps.
    let once = engine.component("failure")
    @Sendable func failOnce(_ component: Component, _ calls: Int) async throws {
      var sum = 0
      for _ in 0..<calls {
        var attempt = opaque(0)
        sum &+= try await component.execute("call") { try failFirst(&attempt) }
      }
      consume(sum)
    }
    @Sendable func failOnceBare(_ calls: Int) async throws {
      var sum = 0
      for _ in 0..<calls {
        var attempt = opaque(0)
        let body = { () async throws -> Int in try failFirst(&attempt) }
        do { sum &+= try await body() } catch { sum &+= try await body() }
      }
      consume(sum)
    }
    let first = try await bench.compare(
      "failure", calls: 1_000, rounds: 31,
      to: Contender(name: "bare closure that throws, then does not") { try await failOnceBare($0) },
      [
        Contender(name: "failure, one retry that helps", budgets: [.ratioAtMost(120)]) {
          try await failOnce(once, $0)
        } settle: {
          try await flush()
        }
      ])

    // Fails three times, and the fallback answers. The breaker would open, so this component has none.
    var policy = PerCall.policy
    policy.breaker = nil
    let thrice = try engine.component("failure-thrice", policy: policy)
    let fallbacks = [Fallback<Int>("other") { 0 }]
    let made = Atomic(0)
    let trouble = opaque {
      made.add(1, ordering: .relaxed)
      throw Trouble()
    }
    let second = try await bench.compare(
      "failure", calls: 1_000, rounds: 31,
      to: Contender(name: "bare closure that throws three times") { calls in
        var caught = 0
        for _ in 0..<calls * 3 {
          do { _ = try await trouble() } catch { caught &+= 1 }
        }
        guard caught == calls * 3 else { throw Unexpected("a closure did not throw") }
      },
      [
        Contender(name: "three failures and a fallback", budgets: [.ratioAtMost(120)]) { calls in
          var sum = 0
          let before = made.load(ordering: .relaxed)
          for _ in 0..<calls { sum &+= try await thrice.execute("call", fallbacks: fallbacks, trouble) }
          guard sum == 0, made.load(ordering: .relaxed) - before == calls * 3 else {
            throw Unexpected("three attempts and a fallback were expected")
          }
        } settle: {
          try await flush()
        }
      ])

    // Two threads, a component each.
    let pair = [engine.component("failure-1"), engine.component("failure-2")]
    let third = try await bench.compare(
      "failure", calls: 1_000, rounds: 31,
      to: Contender(name: "failure, one retry that helps, one thread") {
        try await failOnce(pair[0], $0)
      } settle: {
        try await flush()
      },
      [
        // No budget: the writer is a third busy thread, so three threads share two processors.
        .onTwoThreads(name: "failure, one retry that helps, two threads") { calls, thread in
          try await failOnce(pair[thread], calls)
        } settle: {
          try await flush()
        }
      ])
    try await ledger.close()
    return first + second + third
  }
}

@Sendable private func failFirst(_ attempt: inout Int) throws -> Int {
  attempt += 1
  if attempt == 1 { throw Trouble() }
  return attempt
}
