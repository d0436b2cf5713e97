import HealingTestSupport
import Testing

@testable import Healing

/// Measurements of a health check.
@Suite struct MeasuredFindingTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private func monitor(
    _ finding: HealthCheck.Result, health: HealthOptions = .standard
  ) async throws -> HealthMonitor {
    let policy = ComponentPolicy(breaker: nil, health: health)
    let monitor = HealthMonitor(
      engine: try await RecoveryEngine(ledger: ledger, policy: policy, time: time))
    monitor.register("api", check: try HealthCheck { finding })
    return monitor
  }

  @Test(arguments: [
    (0, HealthStatus.healthy), (0.049, .healthy), (0.05, .degraded), (0.125, .degraded), (0.2, .unhealthy),
    (0.5, .unhealthy), (0.51, .critical), (1, .critical),
  ])
  func `an error rate is evaluated by the thresholds and reported without calls`(
    rate: Double, expected: HealthStatus
  ) async throws {
    let monitor = try await monitor(.init(.healthy, "measured", errorRate: rate))
    let checked = try #require(await monitor.check("api"))
    for health in [checked, try #require(try await monitor.health(of: "api"))] {
      #expect(health.status == expected && health.errorRate == rate && health.successRate == 1 - rate)
      #expect(health.issues.isEmpty == (expected == .healthy))
      #expect(health.totalRequests == 0 && health.failedRequests == 0)
    }
    if rate == 0.125 { #expect(checked.issues == ["the check measured an error rate of 12.5 %"]) }
    let row = try #require(try await ledger.checks.recent(component: "api", limit: 1).last)
    #expect(row.status == expected && row.errorRate == rate)
  }

  @Test func `the worse of verdict and error rate applies, by the component's own thresholds`() async throws {
    let bad = try await monitor(.init(.critical, "down", issues: ["down"], errorRate: 0.1))
    #expect(await bad.check("api")?.status == .critical)
    let strict = HealthOptions(
      degradedErrorRate: 0.001, unhealthyErrorRate: 0.01, criticalErrorRate: 0.02)
    let worse = try await monitor(.init(.degraded, "slow", issues: ["slow"], errorRate: 0.1), health: strict)
    let health = try #require(await worse.check("api"))
    #expect(health.status == .critical)
    #expect(health.issues == ["slow", "the check measured an error rate of 10.0 %"])
    // No calls are no failures, whatever the thresholds.
    let lax = HealthOptions(degradedErrorRate: 0, unhealthyErrorRate: 0, criticalErrorRate: 0)
    let none = try await monitor(.init(.healthy, errorRate: 0), health: lax)
    #expect(await none.check("api")?.status == .healthy)
  }

  @Test(arguments: [(Duration.milliseconds(250), Duration.milliseconds(250)), (.seconds(-1), .zero)])
  func `the response time of a check precedes its duration`(given: Duration, expected: Duration)
    async throws
  {
    let monitor = try await monitor(.init(.healthy, responseTime: given))
    #expect(await monitor.check("api")?.responseTime == expected)
    #expect(try await ledger.checks.recent(component: "api", limit: 1).last?.responseTime == expected)
  }

  @Test func `with calls their figures are reported, and the check's status still counts`() async throws {
    let monitor = try await monitor(.init(.healthy, responseTime: .seconds(9), errorRate: 0.3))
    for _ in 0..<4 { monitor.recordSuccess("api", duration: .milliseconds(10)) }
    let health = try #require(await monitor.check("api"))
    #expect(health.errorRate == 0 && health.responseTime == .milliseconds(10))
    #expect(health.status == .unhealthy && health.issues == ["the check measured an error rate of 30.0 %"])
  }

  @Test(arguments: [(Double.nan, 0.0), (-1, 0), (7, 1), (.infinity, 1), (-.infinity, 0)])
  func `a rate out of range is clamped`(given: Double, expected: Double) async throws {
    let monitor = try await monitor(.init(.healthy, errorRate: given))
    #expect(await monitor.check("api")?.errorRate == expected)
  }
}
