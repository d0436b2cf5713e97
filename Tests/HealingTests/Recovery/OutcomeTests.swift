import Foundation
import Healing
import HealingTestSupport
import Synchronization
import Testing

/// One outcome for each troubled execution, why recoveries ended, and whom rejections hit.
@Suite struct OutcomeTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Wrong: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .validation }
  }

  private func engine(_ policy: ComponentPolicy) async throws -> RecoveryEngine {
    try await RecoveryEngine(ledger: ledger, policy: policy, time: time, seed: 1)
  }

  private func totals() async throws -> ExecutionTotals {
    try await ledger.recoveries.statistics(.all, component: nil).executions
  }

  private func expected(
    executions: Int64, rejected: Int64 = 0, saved: Int64 = 0, degraded: Int64 = 0, undone: Int64 = 0,
    lost: Int64 = 0, interrupted: Int64 = 0
  ) -> ExecutionTotals {
    var totals = ExecutionTotals()
    totals.executions = executions
    totals.rejected = rejected
    (totals.saved, totals.degraded, totals.undone) = (saved, degraded, undone)
    (totals.lost, totals.interrupted) = (lost, interrupted)
    return totals
  }

  private static let retry = RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none)

  @Test func `an execution whose first attempt succeeds has no outcome`() async throws {
    let api = try await engine(.standard).component("api")
    _ = try await api.execute("get") { 1 }
    #expect(try await totals() == expected(executions: 1))
    #expect(try await totals().effectiveSuccessRate == 1)
  }

  @Test func `a successful retry saves the execution, and its attempts are extra`() async throws {
    let api = try await engine(ComponentPolicy(retry: Self.retry, breaker: nil)).component("api")
    var calls = 0
    _ = try await api.execute("get") {
      calls += 1
      if calls < 3 { throw Down() }
    }
    #expect(try await totals() == expected(executions: 1, saved: 1))
    #expect(try await totals().effectiveSuccessRate == 1)
  }

  @Test func `a fallback degrades an execution, and an execution without an answer is lost`() async throws {
    let api = try await engine(ComponentPolicy(retry: Self.retry, breaker: nil)).component("api")
    #expect(try await api.execute("get", fallbacks: [Fallback("zero") { 0 }]) { throw Down() } == 0)
    #expect(try await totals() == expected(executions: 1, degraded: 1))
    await #expect(throws: Down.self) {
      try await api.execute("get", fallbacks: [Fallback("broken") { throw Down() }]) { () -> Int in
        throw Down()
      }
    }
    #expect(try await totals() == expected(executions: 2, degraded: 1, lost: 1))
    #expect(try await totals().effectiveSuccessRate == 0.5)
  }

  @Test func `a rolled back execution is undone, unless an undo failed or a retry succeeded`()
    async throws
  {
    let api = try await engine(ComponentPolicy(retry: nil, breaker: nil)).component("api")
    var value = 1
    await #expect(throws: Down.self) {
      try await api.execute("set", state: &value) { value in
        value = 2
        throw Down()
      }
    }
    #expect(value == 1)
    await #expect(throws: Down.self) {
      try await api.executeSteps("steps") { steps in
        _ = try await steps.run("a") {
          1
        } undo: { _ in
        }
        throw Down()
      }
    }
    #expect(try await totals() == expected(executions: 2, undone: 2))
    await #expect(throws: Down.self) {
      try await api.executeSteps("steps") { steps in
        _ = try await steps.run("a") {
          1
        } undo: { _ in
          throw Down()
        }
        throw Down()
      }
    }
    #expect(try await totals() == expected(executions: 3, undone: 2, lost: 1))
    // A step that failed before anything was done left nothing to undo.
    await #expect(throws: Down.self) { try await api.executeSteps("steps") { _ in throw Down() } }
    #expect(try await totals() == expected(executions: 4, undone: 2, lost: 2))
    let retried = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: Self.retry, breaker: nil), time: time
    ).component("other")
    var calls = 0
    try await retried.execute("set", state: &value) { value in
      calls += 1
      value = 3
      if calls == 1 { throw Down() }
    }
    #expect(try await totals() == expected(executions: 5, saved: 1, undone: 2, lost: 2))
  }

  @Test func `an error of the caller is not an execution of the dependency`() async throws {
    let api = try await engine(ComponentPolicy(retry: Self.retry, breaker: nil)).component("api")
    await #expect(throws: Wrong.self) { try await api.execute("get") { throw Wrong() } }
    #expect(try await totals() == expected(executions: 0))
    #expect(try await totals().effectiveSuccessRate == nil)
    var calls = 0
    await #expect(throws: Wrong.self) {
      try await api.execute("get") {
        calls += 1
        if calls == 1 { throw Down() }
        throw Wrong()
      }
    }
    #expect(try await totals() == expected(executions: 1, lost: 1))
  }

  @Test func `a caller that cancels interrupts its execution`() async throws {
    let held = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: held)
    let api = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: Self.retry, breaker: nil), time: held
    ).component("api")
    let call = Task { try await api.execute("get") { throw Down() } }
    await held.waitForSleepers()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    #expect(statistics.executions == expected(executions: 1, interrupted: 1))
    // No retry was made, so there is no row that says so.
    #expect(statistics.overall.totalRecoveries == 0)
  }

  @Test func `a rejected execution is lost or degraded, and a row has its request and user`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let api = try await engine(ComponentPolicy(retry: nil, breaker: breaker)).component("api")
    await #expect(throws: Down.self) { try await api.execute("trip") { throw Down() } }
    let request = RequestInfo(requestID: "r-1", userID: "u-1")
    await #expect(throws: CircuitOpenError.self) { try await api.execute("get", request: request) {} }
    let value = try await RequestInfo.$current.withValue(RequestInfo(requestID: "r-2", userID: "u-2")) {
      try await api.execute("list", fallbacks: [Fallback("zero") { 0 }]) { 1 }
    }
    #expect(value == 0)
    #expect(
      try await totals() == expected(executions: 1, rejected: 2, degraded: 1, lost: 2))
    let rows = try await ledger.rejections.recent(component: "api", limit: 10)
    #expect(rows.map(\.operation) == ["get", "list"])
    #expect(rows.map(\.requestID) == ["r-1", "r-2"] && rows.map(\.userID) == ["u-1", "u-2"])
    #expect(rows.allSatisfy { $0.reason == .circuit && $0.errorID != nil })
    let recovery = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 1).last)
    #expect(recovery.action == .fallback && recovery.requestID == "r-2" && recovery.userID == "u-2")
    #expect(recovery.executionID == rows[1].executionID)
  }

  @Test func `a rejected call of an inner component has the request of the outer call's task`() async throws {
    let engine = try await engine(ComponentPolicy(retry: nil))
    let (outer, inner) = (engine.component("outer"), engine.component("inner"))
    try inner.force(CircuitOverride(kind: .forcedOpen, actor: "test", reason: "down"))
    await RequestInfo.$current.withValue(RequestInfo(requestID: "r-1", userID: "u-1")) {
      await #expect(throws: CircuitOpenError.self) {
        try await outer.execute("checkout") { try await inner.execute("charge") {} }
      }
    }
    let row = try #require(try await ledger.rejections.recent(component: "inner", limit: 1).first)
    #expect(row.requestID == "r-1" && row.userID == "u-1" && row.operation == "charge")
  }

  @Test func `a reply that cannot be decoded is not retried, but has a fallback and counts for the circuit`()
    async throws
  {
    let policy = ComponentPolicy(retry: Self.retry, breaker: CircuitBreakerOptions(failureThreshold: 2))
    let api = try await engine(policy).component("api")
    var attempts = 0
    for _ in 0..<2 {
      let value = try await api.execute("get", fallbacks: [Fallback("cache") { 7 }]) { () -> Int in
        attempts += 1
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not JSON"))
      }
      #expect(value == 7)
    }
    #expect(attempts == 2 && api.isCircuitOpen)
  }

  @Test func `past the limit of rows, rejected calls are counted exactly by operation`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let api = try await engine(ComponentPolicy(retry: nil, breaker: breaker)).component("api")
    api.report(.failure)
    for index in 0..<1_778 {
      let operation = index.isMultiple(of: 3) ? "get" : "put"
      await #expect(throws: CircuitOpenError.self) { try await api.execute(operation) {} }
    }
    #expect(
      try await ledger.rejections.recent(component: nil, limit: 10_000).count == RejectedCall.rowsPerSecond)
    let totals = try await ledger.rejections.byOperation(.all, component: "api")
    #expect(
      totals == [
        RejectionTotals(component: "api", operation: "get", reason: .circuit, calls: 593),
        RejectionTotals(component: "api", operation: "put", reason: .circuit, calls: 1_185),
      ])
    time.advance(by: .seconds(1))
    await #expect(throws: CircuitOpenError.self) { try await api.execute("get") {} }
    #expect(
      try await ledger.rejections.recent(component: nil, limit: 10_000).count == RejectedCall.rowsPerSecond
        + 1)
  }

  @Test func `a component with very many operations merges the later ones, and counts them`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let api = try await engine(ComponentPolicy(retry: nil, breaker: breaker)).component("api")
    api.report(.failure)
    for index in 0..<1_100 {
      await #expect(throws: CircuitOpenError.self) { try await api.execute("op\(index)") {} }
    }
    let totals = try await ledger.rejections.byOperation(.all, component: "api")
    #expect(totals.reduce(0) { $0 + $1.calls } == 1_100)
    #expect(totals.first { $0.operation == "merged" }?.calls == 100)
  }

  @Test func `a retry that the bulkhead rejects counts as rejected, and the execution counts once`()
    async throws
  {
    let policy = ComponentPolicy(
      retry: Self.retry, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    let api = try await engine(policy).component("api")
    let entered = AsyncStream.makeStream(of: Void.self)
    let leave = AsyncStream.makeStream(of: Void.self)
    var holder: Task<Int64, any Error>?
    var calls = 0
    await #expect(throws: Down.self) {
      try await api.execute("get") {
        calls += 1
        if calls > 1 { throw Down() }
        holder = Task {
          // Takes the only place when the failed attempt has given it back. Each try before is a lost execution.
          var rejected: Int64 = 0
          while true {
            do {
              try await api.execute("hold") {
                entered.continuation.yield()
                for await _ in leave.stream { break }
              }
              return rejected
            } catch is BulkheadFullError {
              rejected += 1
              await Task.yield()
            }
          }
        }
        throw Down()
      }
    }
    _ = entered
    leave.continuation.yield()
    let rejected = try #require(try await holder?.value)
    let ended = try await totals()
    #expect(ended.executions == 2 && ended.lost == 1 + rejected)
  }

  private static let down: @Sendable () throws -> Void = { throw Down() }

  @Test func `a failed retry records why it ended`() async throws {
    struct Asks: SelfClassifyingError {
      let wait: Duration
      var errorCategory: ErrorCategory? { .rateLimit }
      var retryAfter: Duration? { wait }
    }
    struct Refused: SelfClassifyingError {
      var errorCategory: ErrorCategory? { .authentication }
    }
    let retry = Self.retry
    func gaveUp(_ policy: ComponentPolicy, _ errors: [any Error]) async throws -> RecoveryRecord.GaveUp? {
      let ledger = InMemoryLedger(time: time)
      let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time, seed: 1).component("api")
      var calls = 0
      do {
        try await api.execute("get") {
          calls += 1
          throw errors[min(calls, errors.count) - 1]
        }
        Issue.record("\(errors)")
      } catch {}
      let rows = try await ledger.recoveries.recent(.all, component: nil, limit: 10)
      #expect(rows.count <= 1 && rows.allSatisfy { $0.attempts > 1 })
      return rows.first?.gaveUp
    }
    let bare = ComponentPolicy(retry: retry, breaker: nil)
    #expect(try await gaveUp(bare, [Down()]) == .attempts)
    #expect(try await gaveUp(bare, [Down(), Refused()]) == .notTransient)
    #expect(try await gaveUp(bare, [Down(), Asks(wait: .seconds(7_200))]) == .waitTooLong)
    #expect(try await gaveUp(bare, [Refused()]) == nil)
    let breaker = ComponentPolicy(retry: retry, breaker: CircuitBreakerOptions(failureThreshold: 2))
    #expect(try await gaveUp(breaker, [Down()]) == .circuit)
    let budget = ComponentPolicy(
      retry: retry, breaker: nil, retryBudget: RetryBudgetOptions(ratio: 0.01, burst: 1))
    #expect(try await gaveUp(budget, [Down()]) == .budget)
  }

  @Test func `a retry that the time limit ends records the deadline`() async throws {
    let time = VirtualTime(jumps: false)
    let ledger = InMemoryLedger(time: time)
    let policy = ComponentPolicy(
      retry: Self.retry, breaker: nil, timeouts: TimeoutOptions(total: .seconds(2)))
    let api = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    let call = Task { try await api.execute("get") { throw Down() } }
    // The limit of the first attempt, then the wait for the second.
    await time.waitForSleeps(2)
    time.advance(by: .seconds(1))
    await #expect(throws: Down.self) { try await call.value }
    let row = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 10).last)
    #expect(row.gaveUp == .deadline && row.attempts == 2)
  }

  @Test func `reported calls count as lost until their recovery is reported`() async throws {
    let api = try await engine(.standard).component("api")
    let error = api.report(Down(), operation: "get")
    api.report(.rejected, operation: "put", request: RequestInfo(userID: "u-9"))
    #expect(try await totals() == expected(executions: 1, rejected: 1, lost: 2))
    api.report(.success)
    api.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: error.id,
        action: .retry, outcome: .succeeded, attempts: 2, duration: .zero))
    #expect(
      try await totals() == expected(executions: 1, rejected: 1, saved: 1, lost: 1))
    #expect(try await ledger.rejections.recent(component: nil, limit: 1).first?.userID == "u-9")
    let rates = try #require(try await ledger.samples.rates(.all, component: nil).first)
    #expect(rates.rejectedRequests == 1 && rates.rejectedByCircuit == 0 && rates.rejectedByBulkhead == 0)
  }

  @Test(arguments: [false, true]) func `a rejected call of a cancelled caller is interrupted`(
    hasFallback: Bool
  ) async throws {
    let api = try await engine(
      ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    )
    .component("api")
    try api.force(CircuitOverride(kind: .forcedOpen, actor: "test", reason: "test"))
    let call = Task {
      while !Task.isCancelled { await pause() }
      let fallbacks = hasFallback ? [Fallback("cache") { 1 }] : []
      _ = try? await api.execute("get", fallbacks: fallbacks) { 1 }
    }
    call.cancel()
    await call.value
    #expect(try await totals() == expected(executions: 0, rejected: 1, interrupted: 1))
  }

  @Test func `a retry strategy that makes no attempt has no row, and one that gives up has the reason`()
    async throws
  {
    struct Busy: SelfClassifyingError {
      var errorCategory: ErrorCategory? { .rateLimit }
      var retryAfter: Duration? { .seconds(43_200) }
    }
    let policy = ComponentPolicy(
      retry: nil, breaker: nil,
      strategies: [RetryStrategy(RetryOptions(maxAttempts: 3, initialDelay: .zero), time: time)])
    let api = try await engine(policy).component("api")
    _ = try? await api.execute("get") { throw Busy() }
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9).isEmpty)
    var calls = 0
    _ = try? await api.execute("get") {
      calls += 1
      if calls == 1 { throw Down() }
      throw Wrong()
    }
    _ = try? await api.execute("get") { throw Down() }
    let rows = try await ledger.recoveries.recent(.all, component: nil, limit: 9)
    #expect(rows.map(\.gaveUp) == [.notTransient, .attempts], "\(rows)")
    #expect(try await totals() == expected(executions: 3, lost: 3))
  }

  @Test func `a recovery of a reported caller error takes no outcome from another call`() async throws {
    let api = try await engine(ComponentPolicy(retry: nil, breaker: nil)).component("api")
    api.report(.failure)
    let wrong = api.report(Wrong(), operation: "get")
    api.report(
      RecoveryRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: wrong.id,
        action: .fallback, outcome: .succeeded, attempts: 1, duration: .zero))
    #expect(try await totals() == expected(executions: 1, lost: 1))
  }

  /// A wall clock that has advanced by 20 µs at each reading.
  private struct Ticking: TimeSource {
    let base: VirtualTime
    let readings = Count()

    final class Count: Sendable {
      private let value = Atomic<Int64>(0)
      func next() -> Int64 { value.add(1, ordering: .relaxed).newValue }
    }

    private var offset: Duration { .microseconds(20 * readings.next()) }
    func monotonicNanoseconds() -> Int64 { base.monotonicNanoseconds() + offset.nanoseconds }
    func wallClock() -> Timestamp { base.wallClock() + offset }
    func sleep(for duration: Duration) async throws { try await base.sleep(for: duration) }
  }

  @Test func `a call reported around a border of minutes is saved by its recovery`() async throws {
    for start in 0..<120 {
      let base = VirtualTime()
      let untilMinute = 60_000_000 - base.wallClock().microseconds % 60_000_000
      base.advance(by: .microseconds(untilMinute - Int64(start) * 20))
      let time = Ticking(base: base)
      let ledger = InMemoryLedger(time: time)
      let engine = try await RecoveryEngine(
        ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
      let api = engine.component("api")
      let error = api.report(Down(), operation: "get")
      api.report(
        RecoveryRecord(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: error.id,
          action: .fallback, outcome: .succeeded, attempts: 1, duration: .zero))
      let totals = try await ledger.recoveries.statistics(.all, component: nil).executions
      #expect(totals.lost == 0 && totals.degraded == 1, "\(start): \(totals)")
    }
  }

  @Test func `a call reported after the clock was set back counts now`() async throws {
    let api = try await engine(ComponentPolicy(retry: nil, breaker: nil)).component("api")
    api.report(Down(), operation: "get")
    time.jumpWall(by: .seconds(-3_600))
    api.report(Down(), operation: "get")
    let starts = try await ledger.samples.windows(component: "api").map(\.start)
    #expect(starts.contains { time.wallClock() - $0 < .seconds(20) && $0 <= time.wallClock() }, "\(starts)")
  }
}
