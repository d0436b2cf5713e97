@testable import Healing
import Testing

@Suite struct CircuitBreakerTests {
  private func breaker(failures: Int = 3, successes: Int = 2, probes: Int = 1, lease: Duration? = nil)
    throws -> CircuitBreaker
  {
    CircuitBreaker(
      options: CircuitBreakerOptions(
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

  @Test func `consecutive failures open the circuit, and a success resets the count`() throws {
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

  @Test func `a neutral result neither counts nor resets`() throws {
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
    #expect(transition.endedTrip?.durationNanoseconds == due + 5)
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

  @Test func `a neutral probe returns its permit`() throws {
    var breaker = try breaker()
    for _ in 0..<3 { try call(&breaker, .failure) }
    try call(&breaker, .neutral, at: 10 * second)
    #expect(breaker.state == .halfOpen)
    _ = try permit(&breaker, at: 10 * second)
  }

  @Test func `a probe past its lease returns its permit and counts when it returns`()
    throws
  {
    var breaker = try breaker(successes: 2, lease: .seconds(5))
    for _ in 0..<3 { try call(&breaker, .failure) }
    let slow = try permit(&breaker, at: 10 * second)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 15 * second - 1) }
    let next = try permit(&breaker, at: 15 * second)
    _ = breaker.complete(slow, .success, duration: 6 * second, at: 16 * second)
    #expect(breaker.state == .halfOpen && breaker.successCount == 1)
    _ = breaker.complete(next, .success, duration: second, at: 16 * second)
    #expect(breaker.state == .closed)
    // A failure counts, too, and what comes after it is of another round.
    for _ in 0..<3 { try call(&breaker, .failure, at: 20 * second) }
    let late = try permit(&breaker, at: 30 * second)
    let other = try permit(&breaker, at: 35 * second)
    _ = breaker.complete(late, .failure, duration: 6 * second, at: 36 * second)
    #expect(breaker.state == .open && breaker.openUntil == 46 * second)
    guard case .stale = breaker.complete(other, .success, duration: 1, at: 37 * second) else {
      Issue.record("a probe of a former round was counted")
      return
    }
  }

  @Test(arguments: [Duration.milliseconds(1), .milliseconds(300), .seconds(1), .seconds(5), .seconds(60)])
  func `while probes are in progress retryAfter is at most one second and at most the lease`(
    lease: Duration
  ) throws {
    for probes in 1...3 {
      var breaker = try breaker(probes: probes, lease: lease)
      for _ in 0..<3 { try call(&breaker, .failure) }
      for _ in 0..<probes { _ = try permit(&breaker, at: 10 * second) }
      for now in [0, lease.nanoseconds / 2, lease.nanoseconds - 1] {
        guard case .rejected(let rejection) = breaker.admit(at: 10 * second + now) else {
          Issue.record("admitted")
          return
        }
        #expect(rejection.retryAfter == min(second, lease.nanoseconds - now))
      }
    }
  }

  @Test func `another process's reset clears the counts of a closed circuit, its closing does not`() throws {
    let time = Timestamp(microseconds: 1_767_225_600_000_000)
    var state = ComponentState(
      policy: ComponentPolicy(breaker: CircuitBreakerOptions(failureThreshold: 2)), at: 0)
    func fail() -> CircuitState? {
      guard case .admitted(let permit) = state.admit(at: 0) else { return state.breaker?.state }
      _ = state.complete(permit, .failure, earns: true, duration: 0, at: 0)
      return state.breaker?.state
    }
    #expect(fail() == .closed)
    var snapshot = BreakerSnapshot(component: "a", updatedAt: time)
    (snapshot.state, snapshot.stateVersion) = (.closed, 1)
    state.applyRemote(snapshot, wall: time, monotonic: 0)
    #expect(state.breaker?.failureCount == 1)
    (snapshot.stateVersion, snapshot.overrideVersion) = (2, 2)
    state.applyRemote(snapshot, wall: time, monotonic: 0)
    #expect(state.breaker?.failureCount == 0)
    #expect(fail() == .closed && fail() == .open)
  }

  @Test func `while another process probes retryAfter is at most one second`() throws {
    let time = Timestamp(microseconds: 1_767_225_600_000_000)
    var state = ComponentState(
      policy: ComponentPolicy(breaker: CircuitBreakerOptions(failureThreshold: 1)), at: 0)
    func wait(at now: Int64) -> Int64? {
      guard case .circuitOpen(let rejection) = state.admit(at: now) else { return nil }
      return rejection.retryAfter
    }
    var snapshot = BreakerSnapshot(component: "a", updatedAt: time)
    (snapshot.state, snapshot.stateVersion) = (.halfOpen, 1)
    state.applyRemote(snapshot, wall: time, monotonic: 0)
    #expect(wait(at: 0) == second && wait(at: 59 * second + second / 2) == second / 2)
    // Its probe has failed: the wait is known again.
    (snapshot.state, snapshot.stateVersion) = (.open, 2)
    (snapshot.openUntil, snapshot.openFor) = (time + .seconds(30), .seconds(30))
    state.applyRemote(snapshot, wall: time, monotonic: 0)
    #expect(wait(at: 0) == 30 * second)
  }

  @Test func `a dependency slower than the lease closes its circuit`() throws {
    var breaker = try breaker(successes: 2)
    for _ in 0..<3 { try call(&breaker, .failure) }
    var underWay: [(permit: CircuitBreaker.Permit, ends: Int64)] = []
    var now = 10 * second
    while breaker.state != .closed && now < 100 * second {
      if let next = try? permit(&breaker, at: now) { underWay.append((next, now + 15 * second)) }
      while let first = underWay.first, first.ends <= now {
        _ = breaker.complete(first.permit, .success, duration: 15 * second, at: now)
        underWay.removeFirst()
      }
      now += second
    }
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

  @Test func `the share of failures opens the circuit given enough calls`() throws {
    let rule = RateTripRule(window: .calls(10), minimumCalls: 6, failureRate: 0.5)
    var breaker = CircuitBreaker(options: CircuitBreakerOptions(trip: .rate(rule)))
    for _ in 0..<3 { try call(&breaker, .failure) }
    for _ in 0..<2 { try call(&breaker, .success) }
    #expect(breaker.state == .closed)
    try call(&breaker, .success)
    #expect(breaker.state == .open)
  }

  @Test func `the share of slow calls opens the circuit, whatever their results`() throws {
    let rule = RateTripRule(
      window: .calls(10), minimumCalls: 4, failureRate: nil, slowCallRate: 0.5, slowCallDuration: .seconds(1))
    var breaker = CircuitBreaker(options: CircuitBreakerOptions(trip: .rate(rule)))
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

  @Test func `a slow probe reopens a circuit with a slow-call rule, and the wait grows`() throws {
    func breaker(slowCallRate: Double?) throws -> CircuitBreaker {
      let rule = RateTripRule(
        window: .calls(4), minimumCalls: 4, failureRate: 0.5, slowCallRate: slowCallRate,
        slowCallDuration: .seconds(1))
      return CircuitBreaker(
        options: CircuitBreakerOptions(
          trip: .rate(rule), successThreshold: 1, openDuration: .seconds(10), openGrowth: 2))
    }
    var judging = try breaker(slowCallRate: 0.5)
    for _ in 0..<4 {
      _ = judging.complete(try permit(&judging, at: 0), .success, duration: 2 * second, at: 0)
    }
    #expect(judging.state == .open && judging.openNanoseconds == 10 * second)
    let probe = try permit(&judging, at: 10 * second)
    guard
      case .transitioned(let transition) = judging.complete(
        probe, .success, duration: second, at: 11 * second)
    else {
      Issue.record("a slow probe changed nothing")
      return
    }
    #expect(
      transition.reason == .probeSlow && transition.to == .open && transition.openNanoseconds == 20 * second)
    _ = judging.complete(
      try permit(&judging, at: 31 * second), .success, duration: second - 1, at: 32 * second)
    #expect(judging.state == .closed)
    // A rule that does not judge slow calls takes a slow probe for the success that it is.
    var other = try breaker(slowCallRate: nil)
    for _ in 0..<4 { try call(&other, .failure) }
    _ = other.complete(try permit(&other, at: 10 * second), .success, duration: 90 * second, at: 100 * second)
    #expect(other.state == .closed)
  }

  @Test func `a share equal to the rate trips, whatever the numbers`() throws {
    for calls in 1...60 {
      for bad in 1...calls {
        let rate = Double(bad) / Double(calls)
        for isSlow in [false, true] {
          let rule = RateTripRule(
            window: .calls(calls), minimumCalls: calls, failureRate: isSlow ? nil : rate,
            slowCallRate: isSlow ? rate : nil, slowCallDuration: .seconds(1))
          for short in [0, 1] {
            var breaker = CircuitBreaker(options: CircuitBreakerOptions(trip: .rate(rule)))
            for index in 0..<calls {
              let isBad = index < bad - short
              _ = breaker.complete(
                try permit(&breaker, at: 0), isBad && !isSlow ? .failure : .success,
                duration: isBad && isSlow ? second : 1, at: 0)
            }
            #expect(breaker.state == (short == 0 ? .open : .closed), "\(bad) of \(calls), \(short) short")
          }
        }
      }
    }
    // As people write rates.
    for (rate, bad) in [(0.07, 7), (0.14, 14), (0.28, 28), (0.55, 55), (0.56, 56)] {
      let rule = RateTripRule(window: .calls(100), minimumCalls: 100, failureRate: rate)
      var breaker = CircuitBreaker(options: CircuitBreakerOptions(trip: .rate(rule)))
      for index in 0..<100 { try call(&breaker, index < bad ? .failure : .success) }
      #expect(breaker.state == .open, "\(rate)")
    }
  }

  @Test func `a rate window keeps its counts under another rule over the same window`() throws {
    func options(
      rate: Double?, slow: Double? = nil, window: RateTripRule.Window = .calls(10), minimum: Int = 4
    )
      throws -> CircuitBreakerOptions
    {
      CircuitBreakerOptions(
        trip: .rate(
          RateTripRule(window: window, minimumCalls: minimum, failureRate: rate, slowCallRate: slow)))
    }
    var breaker = CircuitBreaker(options: try options(rate: 0.9))
    for _ in 0..<3 { try call(&breaker, .failure) }
    for changed in [
      try options(rate: 0.8), try options(rate: 0.8, slow: 0.5), try options(rate: 0.8, minimum: 5),
      try options(rate: 0.8),
    ] {
      breaker.change(changed)
      #expect(breaker.windowCounts.failures == 3)
    }
    try call(&breaker, .failure)
    #expect(breaker.state == .open)
    var other = CircuitBreaker(options: try options(rate: 0.9))
    for _ in 0..<3 { try call(&other, .failure) }
    other.change(try options(rate: 0.9, window: .calls(20)))
    #expect(other.windowCounts.calls == 0)
  }

  @Test func `failures leave a window of time`() throws {
    let rule = RateTripRule(window: .time(.seconds(10)), minimumCalls: 2, failureRate: 0.5)
    var breaker = CircuitBreaker(options: CircuitBreakerOptions(trip: .rate(rule)))
    try call(&breaker, .failure, at: second)
    for _ in 0..<3 { try call(&breaker, .success, at: 20 * second) }
    try call(&breaker, .failure, at: 21 * second)
    #expect(breaker.state == .closed)
    for _ in 0..<2 { try call(&breaker, .failure, at: 22 * second) }
    #expect(breaker.state == .open)
  }

  @Test func `the wait grows with consecutive trips, up to its limit`() throws {
    let options = CircuitBreakerOptions(
      trip: .consecutiveFailures(1), openDuration: .seconds(1), openGrowth: 2, maxOpenDuration: .seconds(5))
    var breaker = CircuitBreaker(options: options)
    var now: Int64 = 0
    var waits: [Int64] = []
    for _ in 0..<5 {
      try call(&breaker, .failure, at: now)
      waits.append(breaker.openNanoseconds / second)
      now = breaker.openUntil
    }
    #expect(waits == [1, 2, 4, 5, 5])
  }

  @Test func `an override lasts until it expires, and results do not count meanwhile`() throws {
    var breaker = try breaker()
    for _ in 0..<2 { try call(&breaker, .failure) }
    breaker.force(.forcedClosed)
    for _ in 0..<10 { try call(&breaker, .failure, at: 6 * second) }
    #expect(breaker.state == .closed && breaker.failureCount == 0)
    breaker.force(nil)
    for _ in 0..<2 { try call(&breaker, .failure, at: 7 * second) }
    #expect(breaker.state == .closed)
    try call(&breaker, .failure, at: 7 * second)
    #expect(breaker.state == .open)
    // One that expires is as good as one that is lifted.
    var other = try self.breaker()
    other.force(.forcedClosed, until: 5 * second)
    for _ in 0..<10 { try call(&other, .failure, at: second) }
    for _ in 0..<3 { try call(&other, .failure, at: 5 * second) }
    #expect(other.state == .open)
  }

  @Test func `a circuit forced open probes after the override expires, and closes when it is lifted`() throws
  {
    var breaker = try breaker(successes: 1)
    breaker.force(.forcedOpen, until: 5 * second)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 5 * second - 1) }
    guard case .probing(let probe, let transition) = breaker.admit(at: 5 * second) else {
      Issue.record("no probe")
      return
    }
    #expect(transition.from == .closed && transition.to == .halfOpen && transition.reason == .overrideExpired)
    #expect(throws: Rejected.self) { try permit(&breaker, at: 6 * second) }
    guard case .transitioned(let end) = breaker.complete(probe, .success, duration: 1, at: 7 * second) else {
      Issue.record("did not close")
      return
    }
    #expect(end.endedTrip?.durationNanoseconds == 2 * second && end.endedTrip?.probeRounds == 1)
    breaker.force(.forcedOpen, until: 20 * second)
    guard case .probing(let failing, _) = breaker.admit(at: 20 * second) else {
      Issue.record("no probe")
      return
    }
    _ = breaker.complete(failing, .failure, duration: 1, at: 20 * second)
    #expect(breaker.state == .open)
    var lifted = try self.breaker()
    lifted.force(.forcedOpen, until: 5 * second)
    lifted.force(nil)
    guard case .admitted = lifted.admit(at: 6 * second) else {
      Issue.record("a lifted override left something behind")
      return
    }
  }
}
