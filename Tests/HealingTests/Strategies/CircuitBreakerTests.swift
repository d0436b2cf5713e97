import Healing
import Testing

@Suite struct CircuitBreakerTests {
  private func breaker(failures: Int = 3, successes: Int = 2, probes: Int = 1, lease: Duration? = nil)
    throws -> CircuitBreaker
  {
    CircuitBreaker(
      options: try CircuitBreakerOptions(
        trip: .consecutiveFailures(failures), successThreshold: successes, openDuration: .seconds(10),
        halfOpenMaxCalls: probes, probeLease: lease))
  }

  private func permit(_ breaker: inout CircuitBreaker, at now: Int64) throws -> CircuitBreaker.Permit {
    switch breaker.admit(at: now) {
    case .admitted(let permit), .probing(let permit, _): permit
    case .rejected: throw Rejected()
    }
  }

  private struct Rejected: Error {}

  private func call(_ breaker: inout CircuitBreaker, _ verdict: CircuitBreaker.Verdict, at now: Int64 = 0)
    throws
  {
    let permit = try permit(&breaker, at: now)
    _ = breaker.complete(permit, verdict, duration: 1, at: now)
  }

  private let second: Int64 = 1_000_000_000

  @Test func `opens after failures in a row, and a success begins the count anew`() throws {
    var breaker = try breaker()
    try call(&breaker, .failure)
    try call(&breaker, .failure)
    try call(&breaker, .success)
    try call(&breaker, .failure)
    try call(&breaker, .failure)
    #expect(breaker.state == .closed)
    try call(&breaker, .failure)
    #expect(breaker.state == .open)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 1) }
  }

  @Test func `what is neutral neither counts nor clears`() throws {
    var breaker = try breaker()
    for _ in 0..<2 { try call(&breaker, .failure) }
    for _ in 0..<100 { try call(&breaker, .neutral) }
    #expect(breaker.state == .closed)
    #expect(breaker.failureCount == 2)
    try call(&breaker, .failure)
    #expect(breaker.state == .open)
  }

  @Test func `the documented defaults close again: one probe at a time, two successes`() throws {
    var breaker = CircuitBreaker(options: .standard)
    for _ in 0..<5 { try call(&breaker, .failure) }
    let due = 60 * second
    let first = try permit(&breaker, at: due)
    #expect(breaker.state == .halfOpen)
    #expect(throws: Rejected.self) { try permit(&breaker, at: due) }
    _ = breaker.complete(first, .success, duration: 1, at: due)
    let next = try permit(&breaker, at: due)
    guard case .transitioned(let transition) = breaker.complete(next, .success, duration: 1, at: due + 5)
    else {
      Issue.record("did not close")
      return
    }
    #expect(breaker.state == .closed)
    #expect(transition.endedTrip?.probeRounds == 1)
    #expect(transition.endedTrip?.duration == due + 5)
  }

  @Test func `one failed probe opens again for the full wait`() throws {
    var breaker = try breaker()
    for _ in 0..<3 { try call(&breaker, .failure) }
    try call(&breaker, .success, at: 10 * second)
    try call(&breaker, .failure, at: 11 * second)
    #expect(breaker.state == .open)
    #expect(breaker.consecutiveTrips == 2)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 21 * second - 1) }
    _ = try permit(&breaker, at: 21 * second)
  }

  @Test func `a neutral probe gives its place back`() throws {
    var breaker = try breaker()
    for _ in 0..<3 { try call(&breaker, .failure) }
    try call(&breaker, .neutral, at: 10 * second)
    #expect(breaker.state == .halfOpen)
    _ = try permit(&breaker, at: 10 * second)
  }

  @Test func `a probe that never returns gives its place back after its lease, and then counts no more`()
    throws
  {
    var breaker = try breaker(successes: 1, lease: .seconds(5))
    for _ in 0..<3 { try call(&breaker, .failure) }
    let lost = try permit(&breaker, at: 10 * second)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 15 * second - 1) }
    let next = try permit(&breaker, at: 15 * second)
    guard case .stale = breaker.complete(lost, .failure, duration: 1, at: 16 * second) else {
      Issue.record("a lapsed probe was counted")
      return
    }
    #expect(breaker.state == .halfOpen)
    _ = breaker.complete(next, .success, duration: 1, at: 16 * second)
    #expect(breaker.state == .closed)
  }

  @Test func `a result from an older generation changes nothing`() throws {
    var breaker = try breaker()
    let early = try permit(&breaker, at: 0)
    for _ in 0..<3 { try call(&breaker, .failure) }
    guard case .stale = breaker.complete(early, .success, duration: 1, at: 1) else {
      Issue.record("an old result was counted")
      return
    }
    #expect(breaker.state == .open)
  }

  @Test func `opens by the share of failures once there are enough calls`() throws {
    let rule = try RateTripRule(window: .calls(10), minimumCalls: 6, failureRate: 0.5)
    var breaker = CircuitBreaker(options: try CircuitBreakerOptions(trip: .rate(rule)))
    for _ in 0..<3 { try call(&breaker, .failure) }
    for _ in 0..<2 { try call(&breaker, .success) }
    #expect(breaker.state == .closed)
    try call(&breaker, .success)
    #expect(breaker.state == .open)
  }

  @Test func `opens by the share of slow calls, however they end`() throws {
    let rule = try RateTripRule(
      window: .calls(10), minimumCalls: 4, failureRate: nil, slowCallRate: 0.5, slowCallDuration: .seconds(1))
    var breaker = CircuitBreaker(options: try CircuitBreakerOptions(trip: .rate(rule)))
    func call(lasting duration: Int64) throws {
      let permit = try permit(&breaker, at: 0)
      _ = breaker.complete(permit, .success, duration: duration, at: 0)
    }
    try call(lasting: second)
    for _ in 0..<2 { try call(lasting: second - 1) }
    #expect(breaker.state == .closed)
    try call(lasting: 2 * second)
    #expect(breaker.state == .open)
  }

  @Test func `failures leave a window of time`() throws {
    let rule = try RateTripRule(window: .time(.seconds(10)), minimumCalls: 2, failureRate: 0.5)
    var breaker = CircuitBreaker(options: try CircuitBreakerOptions(trip: .rate(rule)))
    try call(&breaker, .failure, at: second)
    for _ in 0..<3 { try call(&breaker, .success, at: 20 * second) }
    try call(&breaker, .failure, at: 21 * second)
    #expect(breaker.state == .closed)
    for _ in 0..<2 { try call(&breaker, .failure, at: 22 * second) }
    #expect(breaker.state == .open)
  }

  @Test func `the wait grows with trips in a row, up to its limit`() throws {
    let options = try CircuitBreakerOptions(
      trip: .consecutiveFailures(1), openDuration: .seconds(1), openGrowth: 2, maxOpenDuration: .seconds(5))
    var breaker = CircuitBreaker(options: options)
    var now: Int64 = 0
    var waits: [Int64] = []
    for _ in 0..<5 {
      try call(&breaker, .failure, at: now)
      waits.append(breaker.openFor / second)
      now = breaker.openUntil
    }
    #expect(waits == [1, 2, 4, 5, 5])
  }

  @Test func `an operator's word holds until it expires`() throws {
    var breaker = try breaker()
    breaker.force(.forcedOpen, until: 5 * second)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 1) }
    _ = try permit(&breaker, at: 5 * second)
    breaker.force(.forcedClosed)
    for _ in 0..<10 { try call(&breaker, .failure, at: 6 * second) }
    #expect(breaker.state == .closed)
    breaker.force(nil)
    try call(&breaker, .failure, at: 7 * second)
    #expect(breaker.state == .open)
  }

  @Test func `options out of range are refused by name`() {
    #expect(throws: InvalidOption.self) { try CircuitBreakerOptions(failureThreshold: 0) }
    #expect(throws: InvalidOption.self) { try CircuitBreakerOptions(openDuration: .zero) }
    #expect(throws: InvalidOption.self) { try RateTripRule(failureRate: 0) }
    #expect(throws: InvalidOption.self) { try RateTripRule(window: .calls(5), minimumCalls: 6) }
    let problem = #expect(throws: InvalidOption.self) { try RetryOptions(maxAttempts: 11) }
    #expect(problem?.description == "RetryOptions.maxAttempts is 11; allowed is 1...10")
  }
}
