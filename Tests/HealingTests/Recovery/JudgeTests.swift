import Foundation
import Healing
import HealingTestSupport
import Testing

/// Verdicts of a policy and a call on a result, and failures that an inner component has counted.
@Suite struct JudgeTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct InsufficientStock: Error, Equatable {}
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Reply: Sendable, Equatable {
    let status: Int
  }

  private static let judge = CallJudge { (result: Result<Reply, any Error>) in
    switch result {
    case .success(let reply) where reply.status >= 500: .failure(.api)
    case .success(let reply) where reply.status == 404: .callerError
    case .success(let reply) where reply.status == 304: .ignored
    case .failure(let error) where error is InsufficientStock: .success
    default: nil
    }
  }

  private func component(_ policy: ComponentPolicy) async throws -> Component {
    try await RecoveryEngine(ledger: ledger, policy: policy, time: time, seed: 1).component("api")
  }

  private func rates() async throws -> ComponentRates? {
    try await ledger.samples.rates(.all, component: "api").first
  }

  @Test func `a business error judged a success trips no circuit and starts no recovery`()
    async throws
  {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let api = try await component(ComponentPolicy(breaker: breaker, judge: Self.judge))
    for _ in 0..<5 {
      await #expect(throws: InsufficientStock.self) {
        try await api.execute("reserve", fallbacks: [Fallback("no") { Reply(status: 0) }]) { () -> Reply in
          throw InsufficientStock()
        }
      }
    }
    #expect(api.breakerSnapshot()?.state == .closed)
    #expect(try await rates().map { [$0.failedRequests, $0.totalRequests] } == [0, 5])
    #expect(try await ledger.errors.recent(component: nil, limit: 10).isEmpty)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 10).isEmpty)
  }

  @Test func `a returned 503 is recovered from like an error, and returned when no recovery succeeds`()
    async throws
  {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let breaker = CircuitBreakerOptions(failureThreshold: 2)
    let api = try await component(ComponentPolicy(retry: retry, breaker: breaker, judge: Self.judge))
    // Category api is not transient: a call's own judge says that this one is.
    var calls = 0
    let saved = try await api.execute(
      "get", judge: { (try? $0.get())?.status == 503 ? .failure(.network) : nil }
    ) {
      calls += 1
      return Reply(status: calls == 1 ? 503 : 200)
    }
    #expect(saved == Reply(status: 200) && calls == 2)
    let value = try await api.execute("get") { Reply(status: 503) }
    #expect(value == Reply(status: 503))
    let error = try #require(try await ledger.errors.recent(component: nil, limit: 1).last)
    #expect(error.category == .api && error.type.hasSuffix("UnacceptableResultError"))
    let fallback = try await api.execute("get", fallbacks: [Fallback("cache") { Reply(status: 1) }]) {
      Reply(status: 500)
    }
    #expect(fallback == Reply(status: 1))
    #expect(api.breakerSnapshot()?.state == .open)
    let executions = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(executions.saved == 1 && executions.lost == 1 && executions.degraded == 1)
    #expect(executions.executions == 3)
  }

  @Test func `an error of the caller counts as such, and an ignored result not at all`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let api = try await component(ComponentPolicy(breaker: breaker, judge: Self.judge))
    #expect(try await api.execute("get") { Reply(status: 404) } == Reply(status: 404))
    #expect(try await api.execute("get") { Reply(status: 304) } == Reply(status: 304))
    #expect(try await rates().map { [$0.callerErrors, $0.totalRequests] } == [1, 0])
    #expect(try await ledger.samples.recent(component: nil, limit: 10).count == 1)
    await #expect(throws: Down.self) {
      try await api.execute("get", judge: { _ in .ignored }) { () -> Reply in throw Down() }
    }
    #expect(try await rates()?.totalRequests == 0)
    #expect(api.breakerSnapshot()?.state == .closed)
    #expect(try await ledger.recoveries.statistics(.all, component: nil).executions == ExecutionTotals())
  }

  @Test func `a verdict gives an error another category`() async throws {
    let api = try await component(ComponentPolicy(retry: nil))
    await #expect(throws: InsufficientStock.self) {
      try await api.execute("get", judge: { _ in .failure(.resource) }) { () -> Int in
        throw InsufficientStock()
      }
    }
    let error = try #require(try await ledger.errors.recent(component: nil, limit: 1).last)
    #expect(error.category == .resource && error.classification.rule == "judge")
  }

  @Test func `a verdict sets whether a retry may help`() async throws {
    let retry = RetryOptions(maxAttempts: 3, initialDelay: .zero)
    let api = try await component(ComponentPolicy(retry: retry, breaker: nil))
    for (isTransient, calls) in [(true, 3), (false, 1), (nil, 1)] as [(Bool?, Int)] {
      var made = 0
      let reply = try await api.execute("get", judge: { _ in .failure(.api, isTransient: isTransient) }) {
        made += 1
        return Reply(status: 503)
      }
      #expect(reply.status == 503 && made == calls)
      let error = try #require(try await ledger.errors.recent(component: nil, limit: 1).last)
      #expect(error.classification.isTransient == (isTransient ?? false))
    }
    var made = 0
    await #expect(throws: Down.self) {
      try await api.execute("get", judge: { _ in .failure(isTransient: false) }) { () -> Int in
        made += 1
        throw Down()
      }
    }
    #expect(made == 1)
  }

  @Test func `values of another type are not judged, and without a judge the default rules apply`()
    async throws
  {
    let api = try await component(ComponentPolicy(retry: nil, judge: Self.judge))
    #expect(try await api.execute("get") { "text" } == "text")
    await #expect(throws: Down.self) { try await api.execute("get") { () -> String in throw Down() } }
    #expect(try await rates().map { [$0.totalRequests, $0.failedRequests] } == [2, 1])
  }

  // MARK: Inner components

  private func nested(_ policy: ComponentPolicy) async throws -> (outer: Component, inner: Component) {
    let engine = try await RecoveryEngine(ledger: ledger, time: time, seed: 1)
    return (
      try engine.component("payments", policy: policy),
      try engine.component("database", policy: ComponentPolicy(retry: nil, breaker: .standard))
    )
  }

  @Test func `a failure that an inner component has counted is a reference, and does not trip the outer one`()
    async throws
  {
    let breaker = CircuitBreakerOptions(failureThreshold: 2)
    let (outer, inner) = try await nested(ComponentPolicy(retry: nil, breaker: breaker))
    for _ in 0..<3 {
      await #expect(throws: Down.self) {
        try await outer.execute("pay") { try await inner.execute("insert") { throw Down() } }
      }
    }
    #expect(outer.breakerSnapshot()?.state == .closed && inner.breakerSnapshot()?.failureCount == 3)
    let errors = try await ledger.errors.recent(component: nil, limit: 10)
    #expect(
      errors.map(\.component) == ["database", "payments", "database", "payments", "database", "payments"])
    #expect(errors[1].causeID == errors[0].id && errors[0].causeID == nil)
    #expect(errors[1].message == "counted as error \(errors[0].id) of database")
    #expect(errors[1].fingerprint == errors[0].fingerprint)
    // The callers of payments saw it fail.
    let rates = try await ledger.samples.rates(.all, component: "payments").first
    #expect(rates?.failedRequests == 3)
    // The component's own failure trips its circuit.
    for _ in 0..<2 { await #expect(throws: Down.self) { try await outer.execute("pay") { throw Down() } } }
    #expect(outer.breakerSnapshot()?.state == .open)
    #expect(try await ledger.errors.recent(component: nil, limit: 1).last?.causeID == nil)
  }

  @Test func `a policy can let inner failures trip`() async throws {
    let breaker = CircuitBreakerOptions(failureThreshold: 1)
    let (outer, inner) = try await nested(
      ComponentPolicy(retry: nil, breaker: breaker, tripsOnInnerFailures: true))
    await #expect(throws: Down.self) {
      try await outer.execute("pay") { try await inner.execute("insert") { throw Down() } }
    }
    #expect(outer.breakerSnapshot()?.state == .open)
  }

  @Test func `an inner failure is recognised under a time limit and over retries`()
    async throws
  {
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let (outer, inner) = try await nested(
      ComponentPolicy(retry: retry, timeouts: TimeoutOptions(attempt: .seconds(5))))
    await #expect(throws: Down.self) {
      try await outer.execute("pay") {
        try await inner.execute("insert") { throw Down() }
      }
    }
    let errors = try await ledger.errors.recent(component: "payments", limit: 10)
    #expect(errors.count == 2 && errors.allSatisfy { $0.causeID != nil })
    #expect(Set(errors.map(\.causeID)).count == 2)
  }

  private struct Wrapped: Error {
    let step: String
    let underlying: any Error
  }
  private enum Chained: Error {
    case failed(any Error)
  }

  @Test func `an inner failure is recognised inside other errors`() async throws {
    let (outer, inner) = try await nested(ComponentPolicy(retry: nil))
    let wrappers: [(any Error) -> any Error] = [
      { Wrapped(step: "insert", underlying: $0) }, { Chained.failed($0) },
      { Chained.failed(Wrapped(step: "insert", underlying: $0)) },
      { NSError(domain: "shop", code: 1, userInfo: [NSUnderlyingErrorKey: $0]) },
    ]
    for wrap in wrappers {
      do {
        try await outer.execute("pay") {
          do { try await inner.execute("insert") { throw Down() } } catch { throw wrap(error) }
        }
        Issue.record("nothing was thrown")
      } catch {}
      let errors = try await ledger.errors.recent(component: nil, limit: 2)
      #expect(errors.map(\.component) == ["database", "payments"])
      #expect(errors[1].causeID == errors[0].id, "\(wrap(Down()))")
      time.advance(by: .seconds(1))
    }
    // The component's own error that resembles an earlier one is not a reference.
    await #expect(throws: Wrapped.self) {
      try await outer.execute("pay") { throw Wrapped(step: "own", underlying: Down()) }
    }
    #expect(try await ledger.errors.recent(component: nil, limit: 1).first?.causeID == nil)
  }

  @Test func `one error object that components throw independently is not a reference`() async throws {
    let shared: any Error = Down()
    let (outer, inner) = try await nested(ComponentPolicy(retry: nil))
    await #expect(throws: Down.self) { try await inner.execute("insert") { throw shared } }
    time.advance(by: .milliseconds(1))
    await #expect(throws: Down.self) { try await outer.execute("pay") { throw shared } }
    #expect(try await ledger.errors.recent(component: "payments", limit: 1).first?.causeID == nil)
  }

  @Test
  func
    `a rejection by an inner component counts as rejected and refers to the error that opened its circuit`()
    async throws
  {
    let (outer, inner) = try await nested(ComponentPolicy(retry: nil))
    let trip = CircuitBreakerOptions(failureThreshold: 1)
    let database = try await RecoveryEngine(ledger: ledger, time: time).component(
      "search", policy: ComponentPolicy(retry: nil, breaker: trip))
    _ = inner
    await #expect(throws: Down.self) { try await database.execute("find") { throw Down() } }
    await #expect(throws: CircuitOpenError.self) {
      try await outer.execute("pay") { try await database.execute("find") {} }
    }
    let rates = try #require(try await ledger.samples.rates(.all, component: "payments").first)
    #expect(rates.rejectedRequests == 1 && rates.totalRequests == 0)
    let totals = try await ledger.rejections.byOperation(.all, component: "payments")
    #expect(totals.map(\.reason) == [.inner] && totals.map(\.operation) == ["pay"])
    let first = try await ledger.errors.recent(component: "search", limit: 1).first
    #expect(try await ledger.errors.recent(component: "payments", limit: 1).first?.causeID == first?.id)
    #expect(outer.breakerSnapshot()?.failureCount == 0)
  }
}
