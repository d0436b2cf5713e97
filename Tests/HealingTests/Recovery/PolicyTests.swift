import Healing
import HealingTestSupport
import Synchronization
import Testing

/// What a component's policy adds to retry and breaker: custom strategies, fallbacks, rollback, deadlines.
@Suite struct PolicyTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError, Equatable {
    var number = 0
    var errorCategory: ErrorCategory? { .network }
  }

  private func component(_ policy: ComponentPolicy) async throws -> Component {
    try await RecoveryEngine(ledger: ledger, time: time, seed: 1).component("api", policy: policy)
  }

  private func recoveries() async throws -> [RecoveryRecord] {
    try await ledger.recoveries.recent(.all, component: nil, limit: 100)
  }

  private struct Reconnect: RecoveryStrategy {
    let isBroken: Bool
    var name: String { "reconnect" }
    func canRecover(_ failure: FailedCall) -> Bool { failure.category == .network }
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      if isBroken { return .failed(failure.error, message: "cannot reconnect") }
      do {
        return .succeeded(try await operation(), message: "reconnected")
      } catch {
        return .failed(error)
      }
    }
  }

  @Test func `a custom strategy runs after the retries and is a row with its name`() async throws {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .seconds(1), jitter: .none)
    let component = try await component(
      ComponentPolicy(retry: retry, strategies: [Reconnect(isBroken: true), Reconnect(isBroken: false)]))
    var calls = 0
    let value = try await component.execute("get") {
      calls += 1
      if calls < 3 { throw Refused(number: calls) }
      return calls
    }
    #expect(value == 3)
    let rows = try await recoveries()
    #expect(rows.map(\.action) == [.retryBackoff, .custom, .custom])
    #expect(rows.map(\.outcome) == [.failed, .failed, .succeeded])
    #expect(rows.last?.metadata["strategy"] == "reconnect")
    #expect(Set(rows.map(\.executionID)).count == 1)
    // The strategy's call went through the breaker and is counted like any other.
    #expect(try await ledger.samples.rates(.all, component: "api").first?.totalRequests == 3)
  }

  @Test func `the call throws the error of a strategy's last attempt`() async throws {
    let component = try await component(ComponentPolicy(retry: nil, strategies: [Reconnect(isBroken: false)]))
    var calls = 0
    await #expect(throws: Refused(number: 2)) {
      try await component.execute("get") {
        calls += 1
        throw Refused(number: calls)
      }
    }
    #expect(try await ledger.errors.recent(component: "api", limit: 9).map(\.attempt) == [1, 2])
  }

  @Test func `an open circuit rejects a strategy's attempt`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let component = try await component(
      ComponentPolicy(retry: nil, breaker: breaker, strategies: [Reconnect(isBroken: false)]))
    var calls = 0
    await #expect(throws: Refused()) {
      try await component.execute("get") {
        calls += 1
        throw Refused()
      }
    }
    #expect(calls == 1)
    #expect(try await ledger.samples.rates(.all, component: "api").first?.rejectedRequests == 1)
  }

  @Test func `a server's Retry-After is the lower bound of a retry's wait`() async throws {
    struct Busy: SelfClassifyingError {
      var errorCategory: ErrorCategory? { .rateLimit }
      var retryAfter: Duration? { .seconds(30) }
    }
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .seconds(1), jitter: .none)
    let component = try await component(ComponentPolicy(retry: retry))
    await #expect(throws: Busy.self) { try await component.execute("get") { throw Busy() } }
    #expect(time.slept == [.seconds(30)])
  }

  @Test(arguments: [TimeoutOptions(attempt: .seconds(1)), TimeoutOptions(total: .seconds(1))])
  func `a value that an operation returns after its time limit is a success`(timeouts: TimeoutOptions)
    async throws
  {
    let component = try await component(ComponentPolicy(retry: nil, timeouts: timeouts))
    let value = try await component.execute("get") { [time] () async throws -> Int in
      await time.waitForSleepers(1)
      time.advance(by: .seconds(2))
      while !Task.isCancelled { await pause() }
      return 7
    }
    #expect(value == 7)
    let window = component.windowSummary()
    #expect(window.total == 1 && window.failures == 0)
  }

  @Test func `a remote text does not control the caller's wait`() async throws {
    struct Told: Error, Equatable, CustomStringConvertible {
      var description: String
    }
    let retry = RetryOptions(
      maxAttempts: 3, initialDelay: .milliseconds(10), maxDelay: .seconds(1), jitter: .none)
    for text in [
      "rate limit reached, please try again in 12h", "429 Too Many Requests. Retry-After: 86400",
      "try again in 25h", "Retry-After: 172800", "please retry after 2 days",
    ] {
      let component = try await component(ComponentPolicy(retry: retry))
      let attempts = Lock(0)
      await #expect(throws: Told(description: text)) {
        try await component.execute("get") {
          attempts.withLock { $0 += 1 }
          throw Told(description: text)
        }
      }
      #expect(attempts.withLock { $0 } == 1 && time.slept.isEmpty, "\(text)")
      // The stand-alone strategy has the same limit.
      let alone = await RetryStrategy(retry, time: time).execute { () async throws -> Int in
        throw Told(description: text)
      }
      #expect(!alone.success && time.slept.isEmpty, "\(text)")
    }
  }

  @Test func `an override without an end has no retry-after`() async throws {
    let component = try await component(ComponentPolicy(retry: nil))
    try component.force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "maintenance"))
    let error = await #expect(throws: CircuitOpenError.self) { try await component.execute("get") {} }
    #expect(error?.retryAfter == nil)
    #expect(error?.description == "circuit of api is open; until an operator closes it")
  }

  @Test func `the policy's fallbacks run after the call's, selected by the type of the value`() async throws {
    let fallback = FallbackStrategy(
      Fallback<String>("policy", taking: Int.self) { number, _ in "\(number) from the policy" },
      Fallback<Int>("zero") { 0 })
    let component = try await component(ComponentPolicy(retry: nil, breaker: nil, fallback: fallback))
    let own = Fallback<String>("own") { (failure: FailedCall) async throws in throw Refused(number: 9) }
    let text = try await component.execute("get", input: 7, fallbacks: [own]) { _ in throw Refused() }
    #expect(text == "7 from the policy")
    #expect(try await component.execute("get") { () async throws -> Int in throw Refused() } == 0)
    // Without the input that it takes, the policy's fallback is left out.
    await #expect(throws: Refused(number: 1)) {
      try await component.execute("get") { () async throws -> String in throw Refused(number: 1) }
    }
    let rows = try await recoveries()
    #expect(rows.map(\.message) == ["policy answered", "zero answered"])
    #expect(rows.map(\.attempts) == [2, 1])
  }

  @Test func `each attempt starts with the same state, and a failed execution changes nothing`() async throws
  {
    let retry = RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none)
    let component = try await component(ComponentPolicy(retry: retry))
    var cart = ["apple"]
    var seen: [[String]] = []
    await #expect(throws: Refused()) {
      try await component.execute("fill", state: &cart) { cart in
        seen.append(cart)
        cart.append("pear")
        throw Refused()
      }
    }
    #expect(cart == ["apple"])
    #expect(seen == [["apple"], ["apple"], ["apple"]])
    try await component.execute("fill", state: &cart) { $0.append("plum") }
    #expect(cart == ["apple", "plum"])
    let rollbacks = try await recoveries().filter { $0.action == .rollback }
    #expect(rollbacks.count == 3)
    #expect(rollbacks.allSatisfy { $0.success && $0.errorID != nil })
  }

  @Test func `steps are undone before the next attempt, and each undo is a row, also a failed one`()
    async throws
  {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    // Jumping time would reach the limit of an undo before the undo starts.
    let time = VirtualTime(jumps: false)
    let component = try await RecoveryEngine(ledger: ledger, time: time).component(
      "api", policy: ComponentPolicy(retry: retry, rollback: RollbackOptions(maxAttempts: 1)))
    let log = Lock<[String]>([])
    @Sendable func say(_ word: String) { log.withLock { $0.append(word) } }
    await #expect(throws: Refused(number: 5)) {
      try await component.executeSteps("checkout") { steps in
        try await steps.run("seat") {
          say("seat")
        } undo: { _ in
          say("free")
        }
        steps.onRollback("card") {
          say("refund")
          throw Refused()
        }
        throw Refused(number: 5)
      }
    }
    #expect(log.withLock { $0 } == ["seat", "refund", "free", "seat", "refund", "free"])
    let rows = try await recoveries()
    #expect(rows.map(\.action) == [.rollback, .rollback, .rollback, .rollback, .retry])
    #expect(rows.prefix(2).map(\.success) == [false, true])
    #expect(rows.first?.metadata["step"] == "card")
    #expect(rows.first?.message.contains("was not undone") == true)
  }

  @Test func `steps are undone also when the caller is cancelled`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let component = try await RecoveryEngine(ledger: ledger, time: time).component("api")
    let undone = Lock(false)
    let call = Task {
      try await component.executeSteps("checkout") { steps in
        steps.onRollback("seat") {
          try Task.checkCancellation()
          undone.withLock { $0 = true }
        }
        try await time.sleep(for: .seconds(100))
      }
    }
    await time.waitForSleepers()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(undone.withLock { $0 })
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9).map(\.success) == [true])
    #expect(try await ledger.samples.rates(.all, component: "api").first?.cancelledRequests == 1)
  }

  @Test func `the total limit bounds attempts and waits, and the fallback runs after it`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 10, initialDelay: .seconds(1), jitter: .none),
      timeouts: TimeoutOptions(attempt: .seconds(4), total: .seconds(6)))
    let component = try await RecoveryEngine(ledger: ledger, time: time).component("api", policy: policy)
    let call = Task {
      try await component.execute("get", fallbacks: [Fallback<Int>("cache") { 1 }]) {
        () async throws -> Int in
        try await time.sleep(for: .seconds(1_000))
        return 0
      }
    }
    // An attempt and its limit, the wait, an attempt and its limit.
    await time.waitForSleeps(2)
    time.advance(by: .seconds(4))
    await time.waitForSleeps(3)
    time.advance(by: .seconds(1))
    await time.waitForSleeps(5)
    time.advance(by: .seconds(1))
    #expect(try await call.value == 1)
    let errors = try await ledger.errors.recent(component: "api", limit: 9)
    #expect(errors.count == 2)
    #expect(errors.last?.message.contains("timed out after 6.0 seconds") == true)
  }

  @Test func `a strategy is bounded by the total limit`() async throws {
    struct Sleepy: RecoveryStrategy {
      let time: VirtualTime
      func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
        -> RecoveryResult<Value>
      {
        do {
          try await time.sleep(for: .seconds(1_000))
          return .succeeded(try await operation())
        } catch {
          return .failed(failure.error)
        }
      }
    }
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: nil, strategies: [Sleepy(time: time)], timeouts: TimeoutOptions(total: .seconds(6)))
    let component = try await RecoveryEngine(ledger: ledger, time: time).component("api", policy: policy)
    let call = Task { try await component.execute("get") { throw Refused() } }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(6))
    await #expect(throws: Refused()) { try await call.value }
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9).map(\.outcome) == [.failed])
  }
}
