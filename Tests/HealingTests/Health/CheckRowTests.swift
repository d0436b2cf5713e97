import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// Which checks of a monitor become rows.
@Suite struct CheckRowTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private func monitor(_ engine: RecoveryEngine? = nil) async throws -> HealthMonitor {
    let policy = ComponentPolicy(breaker: nil)
    let made = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    return try HealthMonitor(engine: engine ?? made, options: MonitorOptions(checkInterval: .seconds(60)))
  }

  private func rows() async throws -> [HealthCheckRecord] {
    try await ledger.checks.recent(component: "api", limit: 99)
  }

  @Test(arguments: [HealthStatus.healthy, .degraded, .critical])
  func `an unchanged check is a row after ten minutes`(status: HealthStatus) async throws {
    let monitor = try await monitor()
    monitor.register("api", check: try HealthCheck { .init(status, "as ever") })
    var fresh: [Timestamp] = []
    for _ in 0..<21 {
      let health = try #require(await monitor.check("api"))
      #expect(health.status == status)
      fresh.append(health.at)
      #expect(monitor.lastCheck(of: "api") == health.at)
      time.advance(by: .seconds(60))
    }
    #expect(Set(fresh).count == 21)
    let rows = try await rows()
    #expect(rows.map(\.at) == [fresh[0], fresh[10], fresh[20]])
    #expect(rows.dropFirst().allSatisfy { $0.previousStatus == nil })
    #expect(rows.first?.previousStatus == (status == .healthy ? nil : .healthy))
    let events = try await ledger.feed.events(after: 0, limit: 99).filter {
      if case .check = $0.event { true } else { false }
    }
    #expect(events.count == 3)
  }

  @Test func `a change is a row immediately, and the interval counts from it`() async throws {
    let monitor = try await monitor()
    let status = Lock(HealthStatus.healthy)
    monitor.register("api", check: try HealthCheck { .init(status.withLock { $0 }, "now") })
    for next in [HealthStatus.healthy, .critical, .critical, .degraded, .healthy, .healthy] {
      status.withLock { $0 = next }
      await monitor.check("api")
      time.advance(by: .seconds(60))
    }
    time.advance(by: .seconds(420))
    await monitor.check("api")
    #expect(try await rows().map(\.status) == [.healthy, .critical, .degraded, .healthy])
    #expect(try await rows().map(\.previousStatus) == [nil, .healthy, .critical, .degraded])
    #expect(try await ledger.checks.latestStatuses() == ["api": .healthy])
    time.advance(by: .seconds(60))
    await monitor.check("api")
    #expect(try await rows().count == 5)
  }

  @Test func `each process starts with a row, a replacing monitor does not`() async throws {
    let first = try await monitor()
    first.recordSuccess("api", duration: .zero)
    await first.check("api")
    let next = try await monitor(first.engine)
    next.replace(first)
    await next.check("api")
    #expect(try await rows().count == 1)
    await (try await monitor()).check("api")
    #expect(try await rows().count == 2)
  }

  @Test func `a clock that was set back delays no row`() async throws {
    let monitor = try await monitor()
    monitor.register("api")
    await monitor.check("api")
    time.jumpWall(by: .seconds(-86_400))
    time.advance(by: .seconds(600))
    await monitor.check("api")
    #expect(try await rows().count == 2)
  }
}
