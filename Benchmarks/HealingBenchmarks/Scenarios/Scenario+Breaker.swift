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
    let consecutiveFigures = try await bench.compare(
      "breaker", calls: 100_000,
      to: Contender(name: "uncontended mutex") { calls in
        for _ in 0..<calls { mutex.withLock { $0 &+= 1 } }
      },
      [
        Contender(
          name: "admit and complete, failures in a row", budgets: [.ratioAtMost(3.2), .noAllocation]
        ) { calls in
          for now in 0..<calls { consecutive.withLock { call(&$0, at: Int64(now)) } }
        }
      ])
    let ring = Mutex(Ring())
    let windowFigures = try await bench.compare(
      "breaker", calls: 100_000,
      to: Contender(name: "mutex and a ring of 100 results") { calls in
        for now in 0..<calls { ring.withLock { $0.add(isFailure: now & 1_023 == 1_023) } }
      },
      [
        Contender(
          name: "admit and complete, window of 100 calls", budgets: [.ratioAtMost(3.5), .noAllocation]
        ) { calls in
          for now in 0..<calls { windowed.withLock { call(&$0, at: Int64(now)) } }
        },
        Contender(name: "admit and complete, window of 10 s", budgets: [.ratioAtMost(3.5), .noAllocation]) {
          calls in
          for now in 0..<calls { timed.withLock { call(&$0, at: Int64(now)) } }
        },
      ])
    return consecutiveFigures + windowFigures
  }
}

/// The least that a window of calls is: the last 100 results and the number of failures among them.
private struct Ring {
  private var results = [Bool](repeating: false, count: 100)
  private var position = 0
  private var failures = 0

  @inline(never)
  mutating func add(isFailure: Bool) {
    if results[position] { failures &-= 1 }
    if isFailure { failures &+= 1 }
    results[position] = isFailure
    position = position == 99 ? 0 : position + 1
  }
}
