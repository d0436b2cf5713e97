import Foundation
import FoundationNetworking
import Healing
import HealingTestSupport
import Synchronization
import Testing

/// A caller that gives up is neither success nor failure, wherever it does so, and leaves no place taken.
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
      retry: nil, breaker: try CircuitBreakerOptions(failureThreshold: 2),
      bulkhead: try BulkheadOptions(maxConcurrentCalls: 1))
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
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9).map(\.outcome) == [.cancelled])
  }

  @Test func `a retry that is cancelled gives its place back`() async throws {
    let retry = try RetryOptions(maxAttempts: 3, initialDelay: .zero)
    try await cancelSecondAttempt(of: try await component { $0.retry = retry })
  }

  @Test func `a strategy's attempt that is cancelled gives its place back`() async throws {
    try await cancelSecondAttempt(of: try await component { $0.strategies = [Again()] })
  }

  @Test func `a rejected call whose caller has given up asks no fallback`() async throws {
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

  @Test func `whatever an operation throws once its caller has given up is a cancellation`() async throws {
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

  @Test func `a URL request that was cancelled is a cancellation`() async throws {
    let component = try await component { _ in }
    for _ in 0..<3 {
      await #expect(throws: URLError.self) {
        try await component.execute("get") { throw URLError(.cancelled) }
      }
    }
    #expect(try await rates()?.cancelledRequests == 3)
    #expect(try await rates()?.rejectedRequests == 0)
    #expect(try await ledger.errors.recent(component: nil, limit: 1).isEmpty)
    #expect(!component.isCircuitOpen)
  }
}
