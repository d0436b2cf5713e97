import Healing
import HealingSQLite

extension Scenario {
  /// A call whose first attempt fails and whose retry, after a wait that takes no time, succeeds: detected, classified,
  /// and written down as error, recovery and two samples.
  static let failure = Scenario("failure") { bench in
    let ledger = try SQLiteLedger(path: bench.path("failure.db"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: PerCall.policy, time: InstantSleep())
    let component = engine.component("failure")
    @Sendable func failFirst(_ attempt: inout Int) throws -> Int {
      attempt += 1
      if attempt == 1 { throw Trouble() }
      return attempt
    }
    let figures = try await bench.compare(
      "failure", calls: 1_000, rounds: 31,
      to: Contender(name: "bare closure that throws, then does not") { calls in
        var sum = 0
        for _ in 0..<calls {
          var attempt = opaque(0)
          let body = { () async throws -> Int in try failFirst(&attempt) }
          do { sum &+= try await body() } catch { sum &+= try await body() }
        }
        consume(sum)
      },
      [
        Contender(name: "failure, one retry that helps") { calls in
          var sum = 0
          for _ in 0..<calls {
            var attempt = opaque(0)
            sum &+= try await component.execute("call") { try failFirst(&attempt) }
          }
          consume(sum)
        } settle: {
          try await ledger.flush()
        }
      ])
    try await ledger.close()
    return figures
  }
}
