import Healing
import HealingTestSupport
import Testing

/// The status of a component by the calls of its window.
@Suite struct HealthVerdictTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Wrong: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .validation }
  }

  private func health(_ policy: ComponentPolicy = ComponentPolicy(retry: nil, breaker: nil)) async throws -> (
    api: Component, check: () async throws -> ComponentHealth
  ) {
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let monitor = HealthMonitor(engine: engine)
    let check = { try #require(try await monitor.health(of: "api")) }
    return (engine.component("api"), check)
  }

  @Test(arguments: [(2, 0, HealthStatus.healthy), (3, 0, .critical), (3, 1, .healthy), (4, 1, .critical)])
  func `a rate of rejections needs five calls, or three that were all rejected`(
    rejected: Int, made: Int, status: HealthStatus
  ) async throws {
    let (api, check) = try await health()
    for _ in 0..<made { api.report(.success) }
    for _ in 0..<rejected { api.report(.rejected) }
    #expect(try await check().status == status)
  }

  @Test(arguments: [
    ("SF", HealthStatus.healthy), ("FS", .healthy), ("F", .healthy), ("FF", .healthy), ("FFF", .critical),
    ("SFFF", .critical), ("FFFS", .healthy), ("FFSF", .healthy), ("SSSSF", .unhealthy), ("FFFSS", .critical),
    ("SSSSSSSSSSSSSSSSSSSF", .degraded),
  ])
  func `a rate needs five calls, or three failures at the end`(calls: String, status: HealthStatus)
    async throws
  {
    let (api, check) = try await health()
    for call in calls { api.report(call == "F" ? .failure : .success) }
    let found = try await check()
    #expect(found.status == status, "\(calls): \(found.message)")
    #expect(found.totalRequests == Int64(calls.count))
    // By the calls of this process alone, as when the ledger cannot be read, too.
    let own = HealthOptions.standard.judge(api.windowSummary()).status
    #expect(own == status, "\(calls)")
  }

  @Test func `consecutive failures count across the window's buckets`() async throws {
    let (api, check) = try await health()
    api.report(.success)
    for _ in 0..<3 {
      time.advance(by: .seconds(11))
      api.report(.failure)
    }
    #expect(try await check().status == .critical)
    time.advance(by: .seconds(11))
    api.report(.success)
    #expect(try await check().status == .critical, "3 of 5 failed")
  }

  @Test func `the message says no calls only when there were none`() async throws {
    let (api, check) = try await health()
    ledger.record(.component("api"))
    #expect(try await check().message == "no calls")
    for _ in 0..<2 { await #expect(throws: Wrong.self) { try await api.execute("get") { throw Wrong() } } }
    #expect(try await check().message == "all 2 calls were errors of the caller")
    api.report(.cancelled)
    api.report(.success)
    #expect(try await check().message == "0 of 1 calls failed")
  }

  @Test(arguments: [(4, HealthStatus.healthy), (5, .degraded), (22, .unhealthy), (51, .critical)])
  func `a full bulkhead is evaluated by the share of calls that it rejects`(
    refused: Int, status: HealthStatus
  )
    async throws
  {
    let policy = ComponentPolicy(
      retry: nil, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 1))
    let (api, check) = try await health(policy)
    for _ in 0..<(99 - refused) { try await api.execute("get") {} }
    try await api.execute("hold") {
      for _ in 0..<refused {
        await #expect(throws: BulkheadFullError.self) { try await api.execute("get") {} }
      }
    }
    let found = try await check()
    #expect(found.status == status, "\(found.message)")
    #expect(found.rejectedByBulkhead == Int64(refused) && found.rejectedRequests == Int64(refused))
    #expect(found.rejectedRate == Double(refused) / 100)
    #expect(found.message.contains("\(refused) of ") == true)
    let rates = try #require(try await ledger.samples.rates(.all, component: nil).first)
    #expect(rates.rejectedByBulkhead == Int64(refused) && rates.rejectedByCircuit == 0)
  }

  @Test func `rejections by the circuit do not hide those by the bulkhead`() {
    var summary = HealthWindow.Summary()
    summary.successes = 780
    summary.rejectedByBulkhead = 220
    summary.rejectedByCircuit = 10_000
    #expect(HealthOptions.standard.judge(summary).status == .unhealthy)
  }

  @Test func `a component whose calls an inner one rejects is not healthy, with an issue`() async throws {
    let (api, check) = try await health()
    let inner = try await RecoveryEngine(ledger: ledger, time: time).component(
      "inner", policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)))
    for _ in 0..<20 { try await api.execute("get") {} }
    inner.report(.failure)
    for _ in 0..<20 {
      await #expect(throws: CircuitOpenError.self) {
        try await api.execute("get") { try await inner.execute("x") {} }
      }
    }
    let found = try await check()
    #expect(found.status == .unhealthy && found.failedRequests == 0)
    #expect(found.message == "components that it calls, or clients, rejected 20 of 40 calls")
    for _ in 0..<3 { api.report(.failure) }
    #expect(
      try await check().message
        == "3 of 23 calls failed; components that it calls, or clients, rejected 20 of 43 calls")
  }

  @Test
  func
    `failures in flight when the circuit opens count in health, rates and samples, but not in the breaker`()
    async throws
  {
    let breaker = CircuitBreakerOptions(failureThreshold: 2)
    let (api, check) = try await health(ComponentPolicy(retry: nil, breaker: breaker))
    let fail: () async throws -> Void = { throw Down() }
    try? await api.execute("a") {
      try? await api.execute("b") {
        for _ in 0..<2 { try? await api.execute("c", fail) }
        throw Down()
      }
      throw Down()
    }
    try #require(api.breakerSnapshot()?.state == .open)
    #expect(api.breakerSnapshot()?.failureCount == 2)
    let found = try await check()
    #expect(found.failedRequests == 4 && found.totalRequests == 4)
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.failedRequests == 4 && rates.staleResults == 2)
    #expect(api.windowSummary().failures == 4)
  }

  @Test func `a minimum of calls can be set, and is checked`() throws {
    let patient = HealthOptions(minimumCalls: 100)
    var summary = HealthWindow.Summary()
    (summary.successes, summary.failures) = (59, 40)
    #expect(patient.judge(summary).status == .healthy)
    summary.successes = 60
    #expect(patient.judge(summary).status == .unhealthy)
  }
}
