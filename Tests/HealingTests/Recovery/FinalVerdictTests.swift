import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// Attempts whose verdict ends the execution, in every form of recovery.
@Suite struct FinalVerdictTests {
  private let time = VirtualTime()
  private let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct InsufficientStock: Error, Equatable {}
  private struct Wrong: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .validation }
  }

  /// Repeats the operation once.
  private struct Again: RecoveryStrategy {
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> {
      do { return .succeeded(try await operation(), attempts: 1) } catch { return .failed(error) }
    }
  }

  /// Returns a value without another attempt.
  private struct Constant: RecoveryStrategy {
    func canRecover(_ failure: FailedCall) -> Bool { true }
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> {
      guard let value = 7 as? Value else { return .failed(failure.error) }
      return .succeeded(value, attempts: 0)
    }
  }

  private func executions() async throws -> ExecutionTotals {
    try await ledger.recoveries.statistics(.all, component: nil).executions
  }

  @Test func `an error that an inner component judged the caller's does not open the outer circuit`()
    async throws
  {
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2)), time: time)
    let stock = try engine.component(
      "stock",
      policy: ComponentPolicy(
        retry: nil, breaker: nil,
        judge: CallJudge { (result: Result<Int, any Error>) in
          if case .failure(is InsufficientStock) = result { .callerError } else { nil }
        }))
    let orders = engine.component("orders")
    for _ in 0..<4 {
      await #expect(throws: InsufficientStock()) {
        try await orders.execute("place") {
          try await stock.execute("reserve") { () -> Int in throw InsufficientStock() }
        }
      }
    }
    #expect(orders.breakerSnapshot()?.state == .closed)
    let errors = try await ledger.errors.recent(component: "orders", limit: 10)
    #expect(errors.count == 4 && errors.allSatisfy { $0.causeID != nil })
  }

  @Test(arguments: [CallVerdict.success, .ignored, .callerError])
  func `what an inner component judged no failure is none at the outer one`(verdict: CallVerdict) async throws
  {
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .zero),
        breaker: CircuitBreakerOptions(failureThreshold: 2)), time: time)
    let stock = try engine.component(
      "stock",
      policy: ComponentPolicy(
        retry: nil, breaker: nil, judge: CallJudge { (_: Result<Int, any Error>) in verdict }))
    let (shop, orders) = (engine.component("shop"), engine.component("orders"))
    for _ in 0..<6 {
      await #expect(throws: InsufficientStock()) {
        try await shop.execute("checkout") {
          try await orders.execute("place") {
            try await stock.execute("reserve") { () -> Int in throw InsufficientStock() }
          }
        }
      }
    }
    for outer in [shop, orders] { #expect(outer.breakerSnapshot()?.state == .closed) }
    let found = try await executions()
    #expect(found.lost == 0 && found.effectiveSuccessRate ?? 1 == 1, "\(found)")
    let monitor = HealthMonitor(engine: engine)
    for outer in [shop, orders] {
      let check = try #require(await monitor.check(outer.name))
      #expect(check.status == .healthy, "\(check.message)")
    }
    if verdict != .callerError { #expect(try await ledger.errors.recent(component: nil, limit: 1).isEmpty) }
  }

  @Test func `an error of the caller is no critical error, whatever its text says`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    struct Full: SelfClassifyingError {
      var errorCategory: ErrorCategory? { .resource }
      var errorSeverity: ErrorSeverity? { .critical }
    }
    await #expect(throws: Full.self) {
      try await engine.component("api").execute(
        "put", judge: { (_: Result<Void, any Error>) in .callerError }
      ) { throw Full() }
    }
    #expect(await HealthMonitor(engine: engine).check("api")?.status == .healthy)
    #expect(try await ledger.errors.recent(component: nil, limit: 1).first?.severity == .high)
  }

  @Test(arguments: ["retry", "strategy"], [CallVerdict.callerError, .ignored])
  func `an execution whose last attempt ended by a verdict and was undone is undone`(
    form: String, verdict: CallVerdict
  ) async throws {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: form == "retry" ? retry : nil, breaker: nil, strategies: form == "retry" ? [] : [Again()]),
      time: time)
    var state = 0
    await #expect(throws: InsufficientStock()) {
      try await engine.component("api").execute(
        "set", state: &state,
        judge: { (result: Result<Void, any Error>) in
          if case .failure(is InsufficientStock) = result { verdict } else { nil }
        }
      ) { state in
        state += 1
        if try await self.ledger.errors.recent(component: nil, limit: 1).isEmpty { throw Down() }
        throw InsufficientStock()
      }
    }
    let found = try await executions()
    #expect(state == 0 && found.undone == 1 && found.lost == 0, "\(found)")
  }

  /// Repeats the operation until it succeeds, at most five times, whatever it throws.
  private struct Stubborn: RecoveryStrategy {
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> {
      for _ in 0..<5 {
        if let value = try? await operation() { return .succeeded(value, attempts: 1) }
      }
      return .failed(failure.error)
    }
  }

  @Test func `a strategy makes no attempt after a verdict that ended the execution`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil, strategies: [Stubborn()]), time: time)
    var attempts = 0
    let asked = Lock(0)
    await #expect(throws: InsufficientStock()) {
      try await engine.component("api").execute(
        "get", fallbacks: [Fallback("cache") { asked.withLock { $0 += 1 } }],
        judge: { (result: Result<Void, any Error>) in
          if case .failure(is InsufficientStock) = result { .callerError } else { nil }
        }
      ) {
        attempts += 1
        if attempts == 2 { throw InsufficientStock() }
        throw Down()
      }
    }
    #expect(attempts == 2 && asked.withLock { $0 } == 0)
  }

  @Test(arguments: [CallVerdict.success, .ignored, .callerError])
  func `what an operation changed before it threw is undone, whatever the verdict`(verdict: CallVerdict)
    async throws
  {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let api = engine.component("api")
    var value = 1
    await #expect(throws: Down()) {
      try await api.execute(
        "set", state: &value, judge: { (_: Result<Void, any Error>) in verdict }
      ) { value in
        value = 2
        throw Down()
      }
    }
    #expect(value == 1)
    let isUndone = Lock(false)
    await #expect(throws: Down()) {
      try await api.executeSteps("steps", judge: { (_: Result<Void, any Error>) in verdict }) { steps in
        _ = try await steps.run("a") {
          1
        } undo: { _ in
          isUndone.withLock { $0 = true }
        }
        throw Down()
      }
    }
    #expect(isUndone.withLock { $0 })
  }

  @Test(arguments: ["retry", "strategy"])
  func `a value that is an error of the caller ends the execution as lost`(form: String) async throws {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: form == "retry" ? retry : nil, breaker: nil, strategies: form == "retry" ? [] : [Again()]),
      time: time)
    var attempts = 0
    let value = try await engine.component("api").execute(
      "get", judge: { (try? $0.get()) == 404 ? .callerError : nil }
    ) {
      attempts += 1
      if attempts == 1 { throw Down() }
      return 404
    }
    #expect(value == 404 && attempts == 2)
    let found = try await executions()
    #expect(found.executions == 1 && found.lost == 1 && found.saved == 0)
    let row = try #require(try await ledger.recoveries.recent(.all, component: nil, limit: 1).last)
    #expect(row.outcome == .failed && row.gaveUp == .notTransient)
  }

  @Test func `an execution that no attempt counted has no outcome`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil, strategies: [Constant()]), time: time)
    let value = try await engine.component("api").execute("get") { () -> Int in throw Wrong() }
    #expect(value == 7)
    #expect(try await executions() == ExecutionTotals())
    // A strategy that makes a counted attempt saves the execution.
    try engine.setPolicy(
      ComponentPolicy(retry: nil, breaker: nil, strategies: [AgainForAll()]), of: "api")
    var attempts = 0
    try await engine.component("api").execute("get") {
      attempts += 1
      if attempts == 1 { throw Wrong() }
    }
    let found = try await executions()
    #expect(found.executions == 1 && found.saved == 1)
  }

  private struct AgainForAll: RecoveryStrategy {
    func canRecover(_ failure: FailedCall) -> Bool { true }
    nonisolated(nonsending) func recover<Value>(
      _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
    ) async -> RecoveryResult<Value> { await Again().recover(failure, operation) }
  }

  @Test func `a retry that the full bulkhead rejects costs no budget`() async throws {
    func policy(_ places: Int) -> ComponentPolicy {
      ComponentPolicy(
        retry: RetryOptions(maxAttempts: 4, initialDelay: .milliseconds(1)), breaker: nil,
        bulkhead: BulkheadOptions(maxConcurrentCalls: places), retryBudget: RetryBudgetOptions(burst: 2))
    }
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy(2), time: time)
    let api = engine.component("api")
    let gate = Gate()
    let holder = Task { try await api.execute("slow") { await gate.wait() } }
    while gate.count < 1 { await pause() }
    var attempts = 0
    // After the first attempt the other call has the only place.
    await #expect(throws: Down()) {
      try await api.execute("get") {
        attempts += 1
        try engine.setPolicy(policy(1), of: "api")
        throw Down()
      }
    }
    #expect(attempts == 1)
    gate.open()
    try await holder.value
    let rejected = try await ledger.rejections.recent(component: "api", limit: 10)
    #expect(rejected.map(\.reason) == [.bulkhead, .bulkhead, .bulkhead])
    // Both retries of the budget are left.
    var later = 0
    try await api.execute("get") {
      later += 1
      if later < 3 { throw Down() }
    }
    #expect(later == 3)
  }
}
