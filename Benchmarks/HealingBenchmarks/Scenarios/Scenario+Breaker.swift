import Healing
import Synchronization

extension Scenario {
  /// The breaker's state machine by itself, without clock and ledger: admit and complete.
  static let breaker = Scenario("breaker") { bench in
    let mutex = Mutex(0)
    let consecutive = Mutex(CircuitBreaker(options: .standard))
    let windowed = Mutex(
      CircuitBreaker(
        options: CircuitBreakerOptions(
          trip: .rate(RateTripRule(window: .calls(100), failureRate: 0.5)))))
    let timed = Mutex(
      CircuitBreaker(
        options: CircuitBreakerOptions(
          trip: .rate(RateTripRule(window: .time(.seconds(10)), failureRate: 0.5)))))
    @Sendable func call(_ breaker: inout CircuitBreaker, at now: Int64) {
      if case .admitted(let permit) = breaker.admit(at: now) {
        _ = breaker.complete(permit, .success, duration: 1, at: now)
      }
    }
    return try await bench.compare(
      "breaker", calls: 100_000,
      to: Contender(name: "uncontended mutex") { calls in
        for _ in 0..<calls { mutex.withLock { $0 &+= 1 } }
      },
      [
        Contender(name: "admit and complete, failures in a row", budgets: [.atMost(16), .noAllocation]) {
          calls in
          for now in 0..<calls { consecutive.withLock { call(&$0, at: Int64(now)) } }
        },
        Contender(name: "admit and complete, window of 100 calls", budgets: [.atMost(16), .noAllocation]) {
          calls in
          for now in 0..<calls { windowed.withLock { call(&$0, at: Int64(now)) } }
        },
        Contender(name: "admit and complete, window of 10 s", budgets: [.atMost(16), .noAllocation]) {
          calls in
          for now in 0..<calls { timed.withLock { call(&$0, at: Int64(now)) } }
        },
      ])
  }
}
