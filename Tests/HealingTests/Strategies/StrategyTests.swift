import Healing
import HealingTestSupport
import Synchronization
import Testing

/// The strategies on their own, without an engine.
@Suite struct StrategyTests {
  let time = VirtualTime()

  private struct Refused: SelfClassifyingError, Equatable {
    var number = 0
    var errorCategory: ErrorCategory? { .network }
  }
  private struct BadRequest: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .validation }
  }

  private func retry(_ attempts: Int) throws -> RetryStrategy {
    RetryStrategy(
      RetryOptions(maxAttempts: attempts, initialDelay: .seconds(1), jitter: .none), time: time, seed: 1)
  }

  @Test func `a retry repeats until it succeeds and returns attempts and duration`() async throws {
    var calls = 0
    let result = try await retry(5).execute("get", on: "api", time: time) {
      calls += 1
      if calls < 3 { throw Refused() }
      return calls
    }
    #expect(result.value == 3 && result.success)
    #expect(result.attempts == 3)
    #expect(result.action == .retryBackoff && result.strategy == "retry")
    #expect(result.duration == .seconds(3))
    #expect(time.slept == [.seconds(1), .seconds(2)])
  }

  @Test func `a retry returns the operation's last error, immediately for an error that is not transient`()
    async throws
  {
    var calls = 0
    let result = try await retry(3).execute(time: time) {
      calls += 1
      throw Refused(number: calls)
    }
    #expect(throws: Refused(number: 3)) { try result.get() }
    #expect(result.attempts == 3 && !result.success)
    let bad = try await retry(3).execute(time: time) { throw BadRequest() }
    #expect(throws: BadRequest()) { try bad.get() }
    #expect(bad.attempts == 1)
    #expect(time.slept.count == 2)
  }

  @Test func `cancellation is not recovered from`() async throws {
    let result = try await retry(3).execute(time: time) { throw CancellationError() }
    #expect(result.outcome == .cancelled)
    #expect(time.slept.isEmpty)
  }

  @Test func `a fallback runs for values of its type`() async throws {
    let fallback = FallbackStrategy(
      Fallback<String>("broken") { () async throws in throw Refused() },
      Fallback<Int>("zero") { 0 },
      Fallback<String>("cache") { "cached after \($0.category.rawValue)" }, time: time)
    let text = await fallback.execute { () async throws -> String in throw Refused() }
    #expect(text.value == "cached after network")
    #expect(text.attempts == 2 && text.action == .fallback)
    let number = await fallback.execute { () async throws -> Int in throw Refused() }
    #expect(number.value == 0)
    let other = await fallback.execute { () async throws -> Bool in throw Refused(number: 7) }
    #expect(throws: Refused(number: 7)) { try other.get() }
    let bad = await fallback.execute { () async throws -> Int in throw BadRequest() }
    #expect(bad.value == nil)
  }

  @Test func `a fallback past its timeout is cancelled and the next one runs`() async throws {
    let time = VirtualTime(jumps: false)
    let fallback = FallbackStrategy(
      Fallback<Int>("slow") { [time] in
        try await time.sleep(for: .seconds(100))
        return 1
      },
      Fallback<Int>("quick") { 2 }, options: FallbackOptions(timeout: .seconds(3)), time: time)
    let call = Task { await fallback.execute { () async throws -> Int in throw Refused() } }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(3))
    #expect(await call.value.value == 2)
  }

  /// Not `Sendable`.
  private final class Answer {
    var text = "answer"
  }

  @Test func `a fallback that ignores its cancellation is abandoned at its timeout`()
    async throws
  {
    let gate = Gate()
    defer { gate.open() }
    let stubborn = Fallback<Answer>("stubborn") {
      await gate.wait()
      return Answer()
    }
    let quick = Fallback<Answer>("quick") { Answer() }
    let options = FallbackOptions(timeout: .seconds(3))
    let time = VirtualTime(jumps: false)
    func text(_ call: @escaping @Sendable () async throws -> String) async throws -> String {
      let begun = time.slept.count
      let answer = Task { try await call() }
      await time.waitForSleeps(begun + 1)
      time.advance(by: .seconds(3))
      return try await answer.value
    }
    let alone = FallbackStrategy(stubborn, quick, options: options, time: time)
    #expect(
      try await text {
        try await alone.execute(time: time) { () async throws -> Answer in throw Refused() }.get().text
      }
        == "answer")
    // In an engine, those of the policy and those of the call.
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(time: time), time: time)
    let ofPolicy = try engine.component("a", policy: ComponentPolicy(retry: nil, fallback: alone))
    #expect(
      try await text {
        try await ofPolicy.execute("get") { () async throws -> Answer in throw Refused() }.text
      }
        == "answer")
    let bare = FallbackStrategy(options: options, time: time)
    let ofCall = try engine.component("b", policy: ComponentPolicy(retry: nil, fallback: bare))
    #expect(
      try await text {
        try await ofCall.execute("get", fallbacks: [stubborn, quick]) { () async throws -> Answer in
          throw Refused()
        }
        .text
      } == "answer")
    // When none is left, the operation's own error is thrown.
    let hopeless = FallbackStrategy(stubborn, options: options, time: time)
    await #expect(throws: Refused(number: 7)) {
      _ = try await text {
        try await hopeless.execute(time: time) { () async throws -> Answer in throw Refused(number: 7) }.get()
          .text
      }
    }
  }

  @Test func `a cancelled caller does not wait for a fallback with a timeout`() async throws {
    let gate = Gate()
    defer { gate.open() }
    let time = VirtualTime(jumps: false)
    let fallback = FallbackStrategy(
      Fallback<Int>("stubborn") {
        await gate.wait()
        return 1
      }, options: FallbackOptions(timeout: .seconds(3)), time: time)
    let call = Task { await fallback.execute(time: time) { () async throws -> Int in throw Refused() } }
    await time.waitForSleepers()
    call.cancel()
    #expect(await call.value.outcome == .cancelled)
  }

  @Test func `a stand-alone breaker rejects calls and admits them again`() async throws {
    let breaker = CircuitBreakerStrategy(
      CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1, openDuration: .seconds(10)))
    for _ in 0..<2 { _ = await breaker.execute(time: time) { throw Refused() } }
    #expect(breaker.state == .open)
    var isCalled = false
    let rejected = await breaker.execute("get", on: "api", time: time) { isCalled = true }
    #expect(!isCalled)
    #expect(rejected.attempts == 0)
    #expect((rejected.error as? CircuitOpenError)?.retryAfter == .seconds(10))
    time.advance(by: .seconds(10))
    #expect(await breaker.execute(time: time) { 1 }.value == 1)
    #expect(breaker.state == .closed)
    for _ in 0..<9 { _ = await breaker.execute(time: time) { throw BadRequest() } }
    #expect(breaker.state == .closed)
  }

  @Test func `a rollback restores a value and throws the operation's error`() async throws {
    var cart = ["apple"]
    let result = await RollbackStrategy(time: time).execute(state: &cart) { cart in
      cart.append("pear")
      throw Refused(number: 1)
    }
    #expect(cart == ["apple"])
    #expect(result.success)
    #expect(throws: Refused(number: 1)) { try result.get() }
    let kept = await RollbackStrategy(time: time).execute(state: &cart) { $0.append("plum") }
    #expect(kept.value != nil)
    #expect(cart == ["apple", "plum"])
  }

  @Test func `steps are undone in reverse order, and a failed undo is reported`() async throws {
    let log = Lock<[String]>([])
    @Sendable func say(_ word: String) { log.withLock { $0.append(word) } }
    // Jumping time would reach the limit of an undo before the undo starts.
    let strategy = RollbackStrategy(RollbackOptions(maxAttempts: 2), time: VirtualTime(jumps: false))
    let result = await strategy.executeSteps { (steps: CompensationScope) async throws -> Int in
      let seat = try await steps.run("seat") {
        17
      } undo: {
        say("free \($0)")
      }
      try await steps.run("card") {
      } undo: { _ in
        say("refund")
        throw Refused()
      }
      try await steps.run("mail") {
        throw Refused(number: 2)
      } undo: { _ in
        say("never")
      }
      return seat
    }
    #expect(log.withLock { $0 } == ["refund", "refund", "free 17"])
    #expect(!result.success)
    #expect(result.message.contains("card was not undone") && result.message.contains("seat was undone"))
    #expect(throws: Refused(number: 2)) { try result.get() }
  }
}
