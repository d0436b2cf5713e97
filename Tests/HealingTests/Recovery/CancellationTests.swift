import Foundation
import FoundationNetworking
import Healing
import HealingTestSupport
import Synchronization
import Testing

/// A cancelled call is neither success nor failure at any point, and leaks no permit.
@Suite struct CancellationTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Refused: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }

  /// Runs the operation once more.
  private struct Again: RecoveryStrategy {
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      do { return .succeeded(try await operation()) } catch { return .failed(error) }
    }
  }

  /// One call at a time, so that a place that is not given back shows at the next call.
  private func component(_ change: (inout ComponentPolicy) throws -> Void) async throws -> Component {
    var policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2),
      bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    try change(&policy)
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
  }

  private func rates() async throws -> ComponentRates? {
    try await ledger.samples.rates(.all, component: "api").first
  }

  /// The first attempt fails, the second is cancelled while it waits.
  private func cancelSecondAttempt(of component: Component) async throws {
    let time = time
    let call = Task {
      var attempts = 0
      try await component.execute("get") {
        attempts += 1
        if attempts == 1 { throw Refused() }
        try await time.sleep(for: .seconds(1_000))
      }
    }
    await time.waitForSleepers()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(try await rates()?.cancelledRequests == 1)
    #expect(try await rates()?.failedRequests == 1)
    #expect(!component.isCircuitOpen)
    // The place is free.
    try await component.execute("get") {}
    let rows = try await ledger.recoveries.recent(.all, component: nil, limit: 9)
    #expect(rows.map(\.outcome) == [.cancelled] && rows.map(\.gaveUp) == [.cancelled])
  }

  @Test func `a cancelled retry returns its permit`() async throws {
    let retry = RetryOptions(maxAttempts: 3, initialDelay: .zero)
    try await cancelSecondAttempt(of: try await component { $0.retry = retry })
  }

  @Test func `a cancelled attempt of a strategy returns its permit`() async throws {
    try await cancelSecondAttempt(of: try await component { $0.strategies = [Again()] })
  }

  @Test func `a cancelled call that ends after its time limit is cancelled, and runs no fallback`()
    async throws
  {
    let component = try await component { $0.timeouts.total = .seconds(10) }
    let asked = Lock(0)
    let gates = (0..<3).map { _ in Gate() }
    let calls = Task {
      for gate in gates {
        try? await component.execute("get", fallbacks: [Fallback("cache") { asked.withLock { $0 += 1 } }]) {
          await gate.wait()
          throw Refused()
        }
      }
    }
    while gates[0].count == 0 { await pause() }
    calls.cancel()
    time.advance(by: .seconds(11))
    for gate in gates { gate.open() }
    await calls.value
    #expect(try await rates()?.cancelledRequests == 3)
    #expect(try await rates()?.failedRequests == 0 && !component.isCircuitOpen)
    #expect(asked.withLock { $0 } == 0)
  }

  @Test func `a rejected call of a cancelled caller runs no fallback`() async throws {
    let component = try await component { _ in }
    try component.force(CircuitOverride(kind: .forcedOpen, actor: "test", reason: "down"))
    let asked = Lock(0)
    let call = Task {
      while !Task.isCancelled { await Task.yield() }
      let fallback = Fallback("cache") { asked.withLock { $0 += 1 } }
      try await component.execute("get", fallbacks: [fallback]) {}
    }
    call.cancel()
    await #expect(throws: CircuitOpenError.self) { try await call.value }
    #expect(asked.withLock { $0 } == 0)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9).isEmpty)
  }

  @Test func `any error of an operation in a cancelled task is a cancellation`() async throws {
    let component = try await component { _ in }
    let time = time
    for _ in 0..<2 {
      let call = Task {
        try await component.execute("get") {
          try? await time.sleep(for: .seconds(1_000))
          throw Refused()
        }
      }
      await time.waitForSleepers()
      call.cancel()
      await #expect(throws: Refused()) { try await call.value }
    }
    #expect(try await rates()?.cancelledRequests == 2)
    #expect(try await rates()?.failedRequests == 0)
    #expect(!component.isCircuitOpen)
  }

  private struct Wrapper: Error { let cause: any Error }
  private struct Said: Error, CustomStringConvertible { let description: String }
  private struct Answered: SelfClassifyingError {
    var httpStatus: Int?
    var errorCode: String?
    var errorCategory: ErrorCategory?
  }
  private struct Mine: ErrorClassifier {
    func classify(_ error: any Error) -> ErrorClassification? {
      (error as? Said)?.description == "mine"
        ? ErrorClassification(category: .unknown, rule: "mine", isCancellation: true) : nil
    }
  }

  private static let cancellations: [any Error] = [
    CancellationError(), URLError(.cancelled), POSIXError(.ECANCELED), CocoaError(.userCancelled),
    NSError(domain: NSPOSIXErrorDomain, code: 125), NSError(domain: NSURLErrorDomain, code: -999),
    NSError(domain: "orders", code: 1, userInfo: [NSUnderlyingErrorKey: CancellationError()]),
    Wrapper(cause: CancellationError()), Wrapper(cause: Wrapper(cause: URLError(.cancelled))),
    Answered(httpStatus: 499), Answered(errorCode: "CANCELLED"), Answered(errorCode: "Canceled"),
    Answered(httpStatus: 499, errorCategory: .api), Said(description: "rpc error: code = Canceled desc = x"),
    Said(description: "context canceled"), Said(description: "the client cancelled"),
    Said(description: "mine"),
  ]

  @Test(arguments: cancellations.indices)
  func `a cancellation is neutral in every form`(index: Int) async throws {
    let error = Self.cancellations[index]
    var policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 3, initialDelay: .zero),
      breaker: CircuitBreakerOptions(failureThreshold: 2), strategies: [Again()],
      bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    policy.fallback = FallbackStrategy(Fallback<Int>("cache") { 1 }, time: time)
    let component = try await RecoveryEngine(
      ledger: ledger, policy: policy, classifiers: [Mine()], time: time
    ).component("api")
    for _ in 0..<3 {
      let thrown = await #expect(throws: (any Error).self) {
        try await component.execute("get", fallbacks: [Fallback("cache") { 1 }]) { () async throws -> Int in
          throw error
        }
      }
      #expect(thrown.map { "\($0)" } == "\(error)")
    }
    component.report(error, operation: "get")
    #expect(try await rates()?.cancelledRequests == 4)
    #expect(try await rates()?.rejectedRequests == 0)
    #expect(try await rates()?.failedRequests == 0)
    #expect(try await rates()?.totalRequests == 0)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 1).isEmpty)
    // Only the reported one is written down.
    #expect(try await ledger.errors.recent(component: nil, limit: 9).count == 1)
    #expect(!component.isCircuitOpen && component.breakerSnapshot()?.failureCount == 0)
    #expect(component.windowSummary().total == 0)
  }

  @Test(arguments: cancellations.indices)
  func `a cancelled later attempt starts no recovery`(index: Int) async throws {
    let error = Self.cancellations[index]
    for isRetried in [true, false] {
      let policy = ComponentPolicy(
        retry: isRetried ? RetryOptions(maxAttempts: 3, initialDelay: .zero) : nil,
        breaker: CircuitBreakerOptions(failureThreshold: 3), strategies: [Again()])
      let component = try await RecoveryEngine(
        ledger: ledger, policy: policy, classifiers: [Mine()], time: time
      ).component(isRetried ? "retried" : "strategy")
      var calls = 0
      let thrown = await #expect(throws: (any Error).self) {
        try await component.execute("get", fallbacks: [Fallback("cache") { 1 }]) { () async throws -> Int in
          calls += 1
          throw calls == 1 ? Refused() : error
        }
      }
      #expect(thrown.map { "\($0)" } == "\(error)" && calls == 2)
      let recoveries = try await ledger.recoveries.recent(.all, component: component.name, limit: 9)
      #expect(recoveries.map(\.outcome) == [.cancelled])
      #expect(component.breakerSnapshot()?.failureCount == 1)
    }
  }

  @Test(arguments: cancellations.indices.dropLast())
  func `a cancellation changes no stand-alone breaker or retry`(index: Int) async throws {
    let error = Self.cancellations[index]
    let breaker = CircuitBreakerStrategy(CircuitBreakerOptions(failureThreshold: 1))
    let cancelled = await breaker.execute(time: time) { throw error }
    #expect(breaker.state == .closed && cancelled.outcome == .cancelled)
    let retry = RetryStrategy(RetryOptions(maxAttempts: 3, initialDelay: .zero), time: time)
    var calls = 0
    let result = await retry.execute(time: time) {
      calls += 1
      if calls == 1 { throw Refused() }
      throw error
    }
    #expect(calls == 2 && result.outcome == .cancelled)
    let fallback = FallbackStrategy(Fallback<Int>("cache") { 1 }, time: time)
    #expect(await fallback.execute(time: time) { () async throws -> Int in throw error }.value == nil)
  }

  @Test(arguments: cancellations.indices)
  func `a cancelled probe leaves the circuit half-open and returns its permit`(index: Int) async throws {
    let component = try await component { _ in }
    for _ in 0..<2 { _ = try? await component.execute("get") { throw Refused() } }
    time.advance(by: .seconds(60))
    if index == Self.cancellations.count - 1 { return }
    for _ in 0..<2 { _ = try? await component.execute("get") { throw Self.cancellations[index] } }
    #expect(component.breakerSnapshot()?.state == .halfOpen)
    component.report(Self.cancellations[index], operation: "get")
    #expect(component.breakerSnapshot()?.state == .halfOpen)
  }

  @Test(arguments: [
    ErrorEvidence(message: "context canceled"), ErrorEvidence(message: "x", code: "499"),
    ErrorEvidence(type: "CancelledError", message: ""),
  ])
  func `a cancellation reported as text counts as cancelled`(evidence: ErrorEvidence) async throws {
    let component = try await component { _ in }
    for _ in 0..<3 { component.report(evidence, operation: "get") }
    #expect(try await rates()?.cancelledRequests == 3)
    #expect(!component.isCircuitOpen)
  }

  @Test func `a rejection by an inner component counts as rejected, wrapped or reported`() async throws {
    let component = try await component { _ in }
    let open = CircuitOpenError(component: "inner", retryAfter: nil, errorID: nil)
    let full = BulkheadFullError(component: "inner", limit: 1)
    for error in [open, full, Wrapper(cause: open), Wrapper(cause: full)] as [any Error] {
      _ = try? await component.execute("get") { throw error }
      component.report(error, operation: "get")
    }
    #expect(try await rates()?.rejectedRequests == 8)
    #expect(!component.isCircuitOpen)
  }
}
