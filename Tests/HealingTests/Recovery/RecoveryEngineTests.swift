import Healing
import HealingTestSupport
import Synchronization
import Testing

@Suite struct RecoveryEngineTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError, Equatable {
    var number = 0
    var errorCategory: ErrorCategory? { .network }
  }
  private struct BadRequest: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .validation }
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
  }

  private func engine(_ policy: ComponentPolicy = .standard) async throws -> RecoveryEngine {
    try await RecoveryEngine(ledger: ledger, policy: policy, time: time, seed: 1)
  }

  private func policy(attempts: Int = 3, failures: Int = 5, timeouts: TimeoutOptions = .none) throws
    -> ComponentPolicy
  {
    ComponentPolicy(
      retry: RetryOptions(maxAttempts: attempts, initialDelay: .seconds(1), jitter: .none),
      breaker: CircuitBreakerOptions(failureThreshold: failures, openDuration: .seconds(60)),
      timeouts: timeouts)
  }

  private func rates(_ component: ComponentName) async throws -> ComponentRates? {
    try await ledger.samples.rates(.all, component: component).first
  }

  @Test func `a successful call is counted and records no recovery`() async throws {
    let engine = try await engine()
    #expect(try await engine.execute("get", on: "api") { 42 } == 42)
    #expect(try await rates("api")?.totalRequests == 1)
    #expect(try await engine.statistics().overall.totalRecoveries == 0)
  }

  @Test func `a successful retry is one recovery with its attempts`() async throws {
    let engine = try await engine(try policy())
    var attempts = 0
    let value = try await engine.execute("get", on: "api") {
      attempts += 1
      if attempts < 3 { throw Refused() }
      return "ok"
    }
    #expect(value == "ok")
    #expect(time.slept == [.seconds(1), .seconds(2)])
    let recovery = try #require(try await engine.recentRecoveries().first)
    #expect(recovery.action == .retryBackoff)
    #expect(recovery.outcome == .succeeded)
    #expect(recovery.attempts == 3)
    #expect(recovery.duration == .seconds(3))
    let errors = try await ledger.errors.recent(component: "api", limit: 10)
    #expect(errors.map(\.attempt) == [1, 2])
    #expect(Set(errors.map(\.executionID)) == [recovery.executionID])
    #expect(recovery.errorID == errors.first?.id)
  }

  @Test func `without a successful recovery the call throws the operation's last error`() async throws {
    let engine = try await engine(try policy())
    var attempts = 0
    await #expect(throws: Refused(number: 3)) {
      try await engine.execute("get", on: "api") {
        attempts += 1
        throw Refused(number: attempts)
      }
    }
    #expect(try await engine.recentRecoveries().first?.outcome == .failed)
  }

  @Test func `a wrong request is not retried and does not count against the component`() async throws {
    let engine = try await engine(try policy(failures: 1))
    await #expect(throws: BadRequest()) { try await engine.execute("get", on: "api") { throw BadRequest() } }
    #expect(time.slept.isEmpty)
    #expect(!engine.component("api").isCircuitOpen)
    #expect(try await rates("api")?.callerErrors == 1)
    #expect(try await rates("api")?.failedRequests == 0)
    #expect(try await ledger.errors.recent(component: "api", limit: 10).count == 1)
  }

  @Test func `an open circuit ends retrying and rejects with the error that opened it`() async throws {
    let engine = try await engine(try policy(attempts: 10, failures: 2))
    await #expect(throws: Refused()) { try await engine.execute("get", on: "api") { throw Refused() } }
    #expect(time.slept == [.seconds(1)])
    var isCalled = false
    let error = await #expect(throws: CircuitOpenError.self) {
      try await engine.execute("get", on: "api") { isCalled = true }
    }
    #expect(!isCalled)
    let trip = try #require(try await ledger.errors.recent(component: "api", limit: 10).last)
    #expect(error?.errorID == trip.id)
    #expect(error?.retryAfter == .seconds(60))
    #expect(try await rates("api")?.rejectedRequests == 1)
    let transition = try #require(try await ledger.breakers.transitions(component: "api", limit: 1).first)
    #expect(transition.errorID == trip.id && transition.to == .open)
  }

  @Test func `a trip is one circuit_break recovery, ended when the circuit closes`() async throws {
    let engine = try await engine(try policy(attempts: 1, failures: 1))
    await #expect(throws: Refused()) { try await engine.execute("get", on: "api") { throw Refused() } }
    time.advance(by: .seconds(60))
    await #expect(throws: Refused()) { try await engine.execute("get", on: "api") { throw Refused() } }
    time.advance(by: .seconds(60))
    for _ in 0..<2 { try await engine.execute("get", on: "api") {} }
    let recovery = try #require(try await engine.recentRecoveries().first)
    #expect(recovery.action == .circuitBreak)
    #expect(recovery.outcome == .succeeded)
    #expect(recovery.attempts == 2)
    #expect(recovery.duration == .seconds(120))
  }

  @Test func `a fallback runs after the retries, and immediately when the circuit is open`() async throws {
    let engine = try await engine(try policy(attempts: 2, failures: 2))
    let fallbacks = [
      Fallback<String>("broken") { () async throws in throw Refused(number: 9) },
      Fallback<String>("cache") { "cached after \($0.category.rawValue)" },
    ]
    let first = try await engine.execute("get", on: "api", fallbacks: fallbacks) { () async throws in
      throw Refused()
    }
    #expect(first == "cached after network")
    #expect(time.slept.count == 1)
    #expect(engine.component("api").isCircuitOpen)
    _ = try await engine.execute("get", on: "api", fallbacks: fallbacks) { "never" }
    #expect(time.slept.count == 1)
    let recoveries = try await engine.recentRecoveries()
    #expect(recoveries.map(\.action) == [.retryBackoff, .fallback, .fallback])
    #expect(recoveries.map(\.outcome) == [.failed, .succeeded, .succeeded])
    #expect(recoveries[1].attempts == 2)
    // It does not hide the failures.
    #expect(try await rates("api")?.failedRequests == 2)
  }

  @Test func `cancellation is neutral and recorded`() async throws {
    let engine = try await engine(try policy(failures: 1))
    await #expect(throws: CancellationError.self) {
      try await engine.execute("get", on: "api") { throw CancellationError() }
    }
    #expect(!engine.component("api").isCircuitOpen)
    #expect(try await rates("api")?.cancelledRequests == 1)
    #expect(try await rates("api")?.totalRequests == 0)
    #expect(try await ledger.errors.recent(component: nil, limit: 1).isEmpty)
  }

  @Test func `a critical error is not retried, whatever its category`() async throws {
    struct Broken: SelfClassifyingError {
      var errorCategory: ErrorCategory? { .network }
      var errorSeverity: ErrorSeverity? { .critical }
    }
    let engine = try await engine(try policy())
    await #expect(throws: Broken.self) { try await engine.execute("get", on: "api") { throw Broken() } }
    #expect(time.slept.isEmpty)
  }

  @Test func `a result that comes after the circuit has opened is counted, but does not change the circuit`()
    async throws
  {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: try policy(attempts: 1, failures: 1), time: time)
    let slow = Task { try await engine.execute("get", on: "api") { try await time.sleep(for: .seconds(5)) } }
    await time.waitForSleepers()
    await #expect(throws: Refused()) { try await engine.execute("get", on: "api") { throw Refused() } }
    time.advance(by: .seconds(5))
    try await slow.value
    #expect(engine.component("api").isCircuitOpen)
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.staleResults == 1 && rates.totalRequests == 2)
  }

  @Test func `every exit path returns the permit`() async throws {
    let time = VirtualTime(jumps: false)
    var policy = try policy(attempts: 2, failures: 3, timeouts: TimeoutOptions(attempt: .seconds(2)))
    policy.retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    policy.bulkhead = BulkheadOptions(maxConcurrentCalls: 1)
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(time: time), policy: policy, time: time)
    let api = engine.component("api")
    try await api.execute("success") {}
    _ = try? await api.execute("failure") { throw Refused() }
    _ = try? await api.execute("caller's mistake") { throw BadRequest() }
    _ = try? await api.execute("cancelled") { throw CancellationError() }
    var state = 0
    _ = try? await api.execute("state", state: &state) { _ in throw BadRequest() }
    _ = try? await api.executeSteps("steps") { _ in throw BadRequest() }
    let late = Task { try await api.execute("late") { try await time.sleep(for: .seconds(1_000)) } }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(2))
    await #expect(throws: OperationTimeoutError.self) { try await late.value }
    #expect(api.isCircuitOpen)
    _ = try? await api.execute("rejected", fallbacks: [Fallback<Void>("none") {}]) {}
    time.advance(by: .seconds(60))
    // The bulkhead would reject each of these if an earlier one had leaked its permit.
    for _ in 0..<2 { try await api.execute("probe") {} }
    #expect(!api.isCircuitOpen)
  }

  @Test func `a wait can be cancelled`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, policy: try policy(), time: time)
    let call = Task { try await engine.execute("get", on: "api") { throw Refused() } }
    await time.waitForSleepers()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    // No retry was made, so no row says that one was.
    #expect(try await engine.recentRecoveries().isEmpty)
    #expect(try await engine.statistics().executions.interrupted == 1)
  }

  @Test func `an attempt past its time limit is cancelled and counts as a timeout`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let policy = try policy(attempts: 1, timeouts: TimeoutOptions(attempt: .seconds(2)))
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let call = Task {
      try await engine.execute("get", on: "api") { try await time.sleep(for: .seconds(1_000)) }
    }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(2))
    let error = await #expect(throws: OperationTimeoutError.self) { try await call.value }
    #expect(error?.scope == .attempt)
    #expect(try await ledger.errors.recent(component: "api", limit: 1).first?.category == .timeout)
    #expect(try await ledger.samples.rates(.all, component: "api").first?.failedRequests == 1)
  }

  @Test func `a full bulkhead rejects and never counts against the breaker`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    var policy = try policy(failures: 1)
    policy.bulkhead = BulkheadOptions(maxConcurrentCalls: 1)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let first = Task { try await engine.execute("get", on: "api") { try await time.sleep(for: .seconds(1)) } }
    await time.waitForSleepers()
    await #expect(throws: BulkheadFullError(component: "api", limit: 1)) {
      try await engine.execute("get", on: "api") {}
    }
    #expect(!engine.component("api").isCircuitOpen)
    time.advance(by: .seconds(1))
    try await first.value
    try await engine.execute("get", on: "api") {}
  }

  @Test func `a retry that the full bulkhead rejects uses an attempt, and the next retry runs`()
    async throws
  {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    var policy = try policy(failures: 10)
    policy.retry = RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none)
    policy.bulkhead = BulkheadOptions(maxConcurrentCalls: 1)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let component = engine.component("api")
    let call = Task {
      var attempts = 0
      return try await component.execute("get") {
        attempts += 1
        if attempts == 1 { throw Refused() }
        return attempts
      }
    }
    await time.waitForSleeps(1)
    let other = Task { try await component.execute("slow") { try await time.sleep(for: .seconds(2)) } }
    await time.waitForSleeps(2)
    time.advance(by: .seconds(1))
    while try await ledger.samples.rates(.all, component: "api").first?.rejectedRequests ?? 0 == 0 {
      await pause()
    }
    time.advance(by: .seconds(1))
    try await other.value
    let ended = Lock(false)
    let answer = Task {
      defer { ended.withLock { $0 = true } }
      return try await call.value
    }
    while !ended.withLock({ $0 }) {
      time.advance(by: .seconds(1))
      await pause()
    }
    #expect(try await answer.value == 2)
    let recovery = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 9).first)
    #expect(recovery.success && recovery.attempts == 2)
    #expect(try await ledger.samples.rates(.all, component: "api").first?.rejectedRequests == 1)
  }

  @Test func `a spent retry budget ends retrying`() async throws {
    var policy = try policy(attempts: 10, failures: 100)
    policy.retryBudget = RetryBudgetOptions(ratio: 0.01, burst: 2)
    let engine = try await engine(policy)
    await #expect(throws: Refused()) { try await engine.execute("get", on: "api") { throw Refused() } }
    #expect(time.slept.count == 2)
  }

  /// Runs the operation once more.
  private struct Again: RecoveryStrategy {
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      do { return .succeeded(try await operation()) } catch { return .failed(error) }
    }
  }

  @Test(arguments: [0.2, 0.5, 1])
  func `retries add nothing to the retry budget, whatever their results`(ratio: Double) async throws {
    for strategies in [[], [Again()]] as [[any RecoveryStrategy]] {
      var policy = try policy(attempts: 10, failures: 10_000)
      policy.retryBudget = RetryBudgetOptions(ratio: ratio, burst: 5)
      policy.strategies = strategies
      let component = try await engine(policy).component("api")
      func retries(ending: @escaping @Sendable (Int) throws -> Void) async -> Int {
        var attempts = 0
        _ = try? await component.execute("get") {
          attempts += 1
          try ending(attempts)
          throw Refused()
        }
        // A strategy's attempt costs nothing.
        return attempts - 1 - strategies.count
      }
      #expect(await retries { _ in } == 5)
      // Each call earns its share of a retry at its first attempt, and nothing after it.
      var spent = 0
      for _ in 0..<20 { spent += await retries { _ in } }
      #expect(Double(spent) == 20 * ratio)
      // A second attempt adds nothing, whether it succeeds, is cancelled or ends as an error of the caller.
      for _ in 0..<10 { try await component.execute("get") {} }
      let saved = min(5, Int(10 * ratio))
      for _ in 0..<saved {
        _ = try? await component.execute("get") { [attempts = Counter()] in
          attempts.add()
          if attempts.count == 1 { throw Refused() }
          throw CancellationError()
        }
      }
      let left = await retries { _ in }
      #expect(left <= Int(Double(saved + 1) * ratio), "\(left)")
    }
  }

  @Test func `64 tasks on 8 components: totals equal calls, and every permit is returned`() async throws {
    var policy = try policy(attempts: 2, failures: 10_000)
    policy.bulkhead = BulkheadOptions(maxConcurrentCalls: 64)
    let engine = try await engine(policy)
    let attempts = Counter()
    await withTaskGroup { group in
      for task in 0..<64 {
        group.addTask {
          for round in 0..<50 {
            try? await engine.execute("get", on: ComponentName("c\(task % 8)")) {
              attempts.add()
              if (round + task).isMultiple(of: 7) { throw Refused() }
            }
          }
        }
      }
    }
    let rates = try await ledger.samples.rates(.all, component: nil)
    #expect(rates.count == 8)
    #expect(rates.reduce(0) { $0 + $1.totalRequests } == Int64(attempts.count))
    #expect(rates.reduce(0) { $0 + $1.rejectedRequests } == 0)
  }
}
