import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

@Suite struct HealthMonitorTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
    var errorSeverity: ErrorSeverity? = nil
  }

  private func monitor(_ options: MonitorOptions = .standard) async throws -> HealthMonitor {
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil), time: time)
    return try HealthMonitor(engine: engine, options: options)
  }

  private func report(_ monitor: HealthMonitor, successes: Int, failures: Int) {
    for _ in 0..<successes { monitor.recordSuccess("api", duration: .milliseconds(10)) }
    for _ in 0..<failures { monitor.recordFailure("api", duration: .milliseconds(10)) }
  }

  @Test(arguments: [
    (0, 0, HealthStatus.healthy), (96, 4, .healthy), (95, 5, .degraded), (81, 19, .degraded),
    (80, 20, .unhealthy), (50, 50, .unhealthy), (49, 51, .critical), (0, 1, .healthy), (0, 3, .critical),
  ])
  func `the error rate decides`(successes: Int, failures: Int, expected: HealthStatus) async throws {
    let monitor = try await monitor()
    monitor.register("api")
    report(monitor, successes: successes, failures: failures)
    let health = try #require(try await monitor.health(of: "api"))
    #expect(health.status == expected)
    #expect(health.totalRequests == Int64(successes + failures))
    #expect(health.issues.isEmpty == (expected == .healthy))
  }

  @Test func `a run monitors until it is cancelled, and then ends its checks`() async throws {
    let monitor = try await monitor()
    monitor.register("api", check: try HealthCheck { .healthy() })
    let run = Task { await monitor.run() }
    await time.waitForSleepers()
    #expect(monitor.isActive)
    run.cancel()
    await run.value
    #expect(!monitor.isActive)
    // Cancelled before it began.
    let late = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      await monitor.run()
    }
    await late.value
    #expect(!monitor.isActive)
  }

  @Test func `old calls leave the window, and a reset empties it`() async throws {
    let monitor = try await monitor()
    report(monitor, successes: 0, failures: 3)
    #expect(try await monitor.health(of: "api")?.status == .critical)
    time.advance(by: .seconds(301))
    #expect(try await monitor.health(of: "api")?.status == .healthy)
    report(monitor, successes: 0, failures: 3)
    monitor.reset("api")
    #expect(try await monitor.health(of: "api")?.status == .healthy)
    #expect(try await monitor.health(of: "nobody") == nil)
  }

  @Test func `slow responses degrade, and a critical error is critical whatever the rate`() async throws {
    let monitor = try await monitor()
    monitor.recordSuccess("slow", duration: .seconds(6))
    #expect(try await monitor.health(of: "slow")?.status == .degraded)
    for _ in 0..<1_000 { monitor.recordSuccess("disk", duration: .milliseconds(1)) }
    monitor.recordFailure("disk", duration: .milliseconds(1), error: Down(errorSeverity: .critical))
    #expect(try await monitor.health(of: "disk")?.status == .critical)
    let system = try await monitor.systemHealth()
    #expect(system.status == .critical)
    #expect(system.count(.degraded) == 1 && system.count(.critical) == 1)
    #expect(system.issues.count == 2)
  }

  @Test func `the worse of calls and check applies, and every change is a row`() async throws {
    let monitor = try await monitor()
    monitor.register("api", check: try HealthCheck { .degraded("replica is behind") })
    report(monitor, successes: 10, failures: 0)
    let health = try #require(await monitor.check("api"))
    #expect(health.status == .degraded)
    #expect(health.message == "replica is behind")
    report(monitor, successes: 0, failures: 10)
    #expect(await monitor.check("api")?.status == .unhealthy)
    let rows = try await ledger.checks.recent(component: "api", limit: 10)
    #expect(rows.map(\.status) == [.degraded, .unhealthy])
    #expect(rows.map(\.previousStatus) == [.healthy, .degraded])
    #expect(try await monitor.health(of: "api")?.issues.contains("replica is behind") == true)
  }

  @Test func `a check that throws or times out is critical, also one that ignores its cancellation`()
    async throws
  {
    let monitor = try await monitor()
    monitor.register("throws", check: try HealthCheck { throw Down() })
    #expect(await monitor.check("throws")?.status == .critical)
    let deaf = try HealthCheck(timeout: .seconds(2)) {
      await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
      return .healthy()
    }
    monitor.register("hangs", check: deaf)
    let look = Task { await monitor.check("hangs") }
    await time.waitForSleepers()
    time.advance(by: .seconds(2))
    let health = try #require(await look.value)
    #expect(health.status == .critical)
    #expect(health.message.contains("longer than 2.0 seconds"))
  }

  @Test func `a check that still runs is not run again, unless another replaces it`() async throws {
    let monitor = try await monitor()
    let runs = Lock(0)
    let release = Lock<CheckedContinuation<Void, Never>?>(nil)
    monitor.register(
      "hangs",
      check: try HealthCheck(timeout: .seconds(2)) {
        runs.withLock { $0 += 1 }
        await withCheckedContinuation { continuation in release.withLock { $0 = continuation } }
        return .healthy()
      })
    let look = Task { await monitor.check("hangs") }
    await time.waitForSleepers()
    while release.withLock({ $0 == nil }) { await pause() }
    time.advance(by: .seconds(2))
    _ = await look.value
    let second = try #require(await monitor.check("hangs"))
    #expect(second.status == .critical && second.message.contains("still runs"))
    #expect(runs.withLock { $0 } == 1)
    monitor.register("hangs", check: try HealthCheck { .healthy() })
    #expect(await monitor.check("hangs")?.status == .healthy)
    release.withLock { $0 }?.resume()
  }

  @Test func `a check that has ended late is run again`() async throws {
    let monitor = try await monitor()
    let release = Lock<CheckedContinuation<Void, Never>?>(nil)
    let mayHang = Lock(true)
    monitor.register(
      "late",
      check: try HealthCheck(timeout: .seconds(2)) {
        if mayHang.withLock({ $0 }) {
          await withCheckedContinuation { continuation in release.withLock { $0 = continuation } }
        }
        return .healthy()
      })
    let look = Task { await monitor.check("late") }
    await time.waitForSleepers()
    while release.withLock({ $0 == nil }) { await pause() }
    time.advance(by: .seconds(2))
    #expect(await look.value?.status == .critical)
    mayHang.withLock { $0 = false }
    release.withLock { $0 }?.resume()
    while await monitor.check("late")?.status != .healthy { await pause() }
  }

  @Test func `an undelivered alert is delivered at a later check`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)),
      time: time)
    try engine.setPolicy(ComponentPolicy(breaker: nil), of: "api")
    let monitor = HealthMonitor(engine: engine)
    let delivered = Lock<[AlertRecord.Kind]>([])
    let isDown = Lock(true)
    monitor.onAlert("pager") { alert in
      if isDown.withLock({ $0 }) { throw Down() }
      delivered.withLock { $0.append(alert.kind) }
    }
    report(monitor, successes: 0, failures: 10)
    await monitor.check("api")
    await ledger.waitUntil { _ in engine.component("alert.pager").isCircuitOpen }
    isDown.withLock { $0 = false }
    // Its circuit is open: the handler does not run, and the alert stays undelivered.
    await ledger.waitUntil {
      await monitor.check("api")
      return try await $0.samples.rates(.all, component: "alert.pager").first?.rejectedRequests ?? 0 > 0
    }
    #expect(delivered.withLock { $0.isEmpty })
    time.advance(by: .seconds(60))
    await ledger.waitUntil { _ in
      await monitor.check("api")
      return delivered.withLock { !$0.isEmpty }
    }
    for _ in 0..<3 { await monitor.check("api") }
    #expect(delivered.withLock { $0 } == [.raised])
    #expect(try await ledger.checks.recentAlerts(component: "api", limit: 10).map(\.kind) == [.raised])
  }

  @Test func `an alert superseded by a later one is not delivered`() async throws {
    let monitor = try await monitor()
    let delivered = Lock<[AlertRecord.Kind]>([])
    let first = Lock<CheckedContinuation<Void, any Error>?>(nil)
    let finding = Lock(HealthCheck.Result.critical("down"))
    monitor.register("api", check: try HealthCheck { finding.withLock { $0 } })
    monitor.onAlert("pager") { alert in
      delivered.withLock { $0.append(alert.kind) }
      if alert.kind == .raised {
        try await withCheckedThrowingContinuation { continuation in first.withLock { $0 = continuation } }
      }
    }
    await monitor.check("api")
    while first.withLock({ $0 == nil }) { await pause() }
    finding.withLock { $0 = .healthy() }
    await monitor.check("api")
    // Only now does the first delivery fail, and it is not worth a retry. The second one has waited for it.
    #expect(delivered.withLock { $0 } == [.raised])
    struct Refused: SelfClassifyingError { var errorCategory: ErrorCategory? { .authentication } }
    first.withLock { $0 }?.resume(throwing: Refused())
    await ledger.waitUntil {
      let rates = try await $0.samples.rates(.all, component: "alert.pager").first
      return rates?.failedRequests == 1 && delivered.withLock { $0.count == 2 }
    }
    for _ in 0..<100 {
      await monitor.check("api")
      await Task.yield()
    }
    #expect(delivered.withLock { $0 } == [.raised, .recovered])
  }

  @Test func `the next monitor delivers an undelivered alert`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)),
      time: time)
    let down = try HealthCheck { .critical("down") }
    let former = HealthMonitor(engine: engine)
    former.register("api", check: down)
    former.onAlert("pager") { _ in throw Down() }
    await former.check("api")
    await ledger.waitUntil { _ in former.hasUndelivered }
    time.advance(by: .seconds(60))
    let delivered = Lock<[AlertRecord.Kind]>([])
    let next = HealthMonitor(engine: engine)
    next.register("api", check: down)
    next.onAlert("pager") { alert in delivered.withLock { $0.append(alert.kind) } }
    next.replace(former)
    await next.check("api")
    await ledger.waitUntil { _ in delivered.withLock { !$0.isEmpty } }
    #expect(delivered.withLock { $0 } == [.raised])
  }

  @Test func `an alert that another monitor superseded is not delivered`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let finding = Lock(HealthCheck.Result.critical("down"))
    let delivered = Lock<[AlertRecord.Kind]>([])
    let isDown = Lock(true)
    func monitor() throws -> HealthMonitor {
      let monitor = HealthMonitor(engine: engine)
      monitor.register("api", check: try HealthCheck { finding.withLock { $0 } })
      return monitor
    }
    let first = try monitor()
    first.onAlert("pager") { alert in
      if isDown.withLock({ $0 }) { throw Down() }
      delivered.withLock { $0.append(alert.kind) }
    }
    await first.check("api")
    await ledger.waitUntil { _ in first.hasUndelivered }
    isDown.withLock { $0 = false }
    finding.withLock { $0 = .healthy() }
    // The other monitor sends the end of the incident, which supersedes its start.
    await (try monitor()).check("api")
    for _ in 0..<100 {
      await first.check("api")
      await Task.yield()
    }
    #expect(delivered.withLock { $0.isEmpty })
  }

  @Test func `a delivery that fails after a monitor was replaced is retried by the new one`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let down = try HealthCheck { .critical("down") }
    let delivery = Lock<CheckedContinuation<Void, any Error>?>(nil)
    let former = HealthMonitor(engine: engine)
    former.register("api", check: down)
    former.onAlert("pager") { _ in
      try await withCheckedThrowingContinuation { continuation in delivery.withLock { $0 = continuation } }
    }
    await former.check("api")
    while delivery.withLock({ $0 == nil }) { await pause() }
    let delivered = Lock<[AlertRecord.Kind]>([])
    let next = HealthMonitor(engine: engine)
    next.register("api", check: down)
    next.onAlert("pager") { alert in delivered.withLock { $0.append(alert.kind) } }
    next.replace(former)
    delivery.withLock { $0 }?.resume(throwing: Down())
    await ledger.waitUntil { _ in
      await next.check("api")
      return delivered.withLock { !$0.isEmpty }
    }
    #expect(delivered.withLock { $0 } == [.raised])
  }

  @Test func `an abandoned check does not count as a late one`() async throws {
    let monitor = try await monitor()
    let release = Lock<CheckedContinuation<Void, Never>?>(nil)
    monitor.register(
      "deaf",
      check: try HealthCheck(timeout: .seconds(2)) {
        await withCheckedContinuation { continuation in release.withLock { $0 = continuation } }
        return .healthy()
      })
    let look = Task { await monitor.check("deaf") }
    while release.withLock({ $0 == nil }) { await pause() }
    look.cancel()
    #expect(await look.value == nil)
    #expect(await monitor.check("deaf") == nil)
    time.advance(by: .seconds(2))
    #expect(await monitor.check("deaf")?.status == .critical)
    release.withLock { $0 }?.resume()
  }

  @Test func `a shorter window discards calls sooner`() async throws {
    let policy = ComponentPolicy(breaker: nil, health: HealthOptions(window: .seconds(30)))
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let monitor = HealthMonitor(engine: engine)
    report(monitor, successes: 0, failures: 3)
    #expect(try await monitor.health(of: "api")?.status == .critical)
    time.advance(by: .seconds(41))
    #expect(try await monitor.health(of: "api")?.status == .healthy)
    #expect(engine.component("api").windowSummary().total == 0)
  }

  @Test func `a clock that was set back does not delay the reminder`() async throws {
    let monitor = try await monitor(MonitorOptions(reminderInterval: .seconds(100)))
    monitor.register("api", check: try HealthCheck { .critical("down") })
    await monitor.check("api")
    time.jumpWall(by: .seconds(-86_400))
    await monitor.check("api")
    time.advance(by: .seconds(100))
    await monitor.check("api")
    let rows = try await ledger.checks.recentAlerts(component: "api", limit: 10)
    #expect(rows.map(\.kind) == [.raised, .reminder])
  }

  @Test func `the monitor checks immediately and at every interval, and a slow check delays no other`()
    async throws
  {
    let monitor = try await monitor(MonitorOptions(checkInterval: .seconds(10)))
    monitor.register(
      "slow",
      check: try HealthCheck(timeout: .seconds(3600)) { [time] in
        try await time.sleep(for: .seconds(3000))
        return .healthy()
      })
    let runs = Lock(0)
    monitor.register(
      "quick",
      check: try HealthCheck {
        runs.withLock { $0 += 1 }
        return .healthy("fine")
      })
    monitor.start()
    monitor.start()
    #expect(monitor.isActive)
    for round in 1...3 {
      while runs.withLock({ $0 }) < round { await pause() }
      // The quick check has ended, and with it the timer of its time limit.
      let now = time.wallClock()
      while monitor.lastCheck(of: "quick") != now { await pause() }
      // The monitor, the slow check and its time limit.
      await time.waitForSleepers(3)
      time.advance(by: .seconds(10))
    }
    #expect(try await ledger.checks.recent(component: "slow", limit: 10).isEmpty)
    await monitor.stop()
    await monitor.stop()
    #expect(!monitor.isActive)
    time.advance(by: .seconds(1_000))
    for _ in 0..<50 { await pause() }
    #expect(runs.withLock { $0 } == 3)
    #expect(try await ledger.checks.recent(component: nil, limit: 100).count == 1)
  }

  @Test func `the monitor sends an alert at the threshold, reminders, and an alert at the end`() async throws
  {
    let monitor = try await monitor(
      MonitorOptions(alertThreshold: .unhealthy, reminderInterval: .seconds(100)))
    let delivered = Lock<[AlertRecord.Kind]>([])
    monitor.onAlert("test") { alert in delivered.withLock { $0.append(alert.kind) } }
    monitor.onAlert("broken") { _ in throw Down() }
    func look(expecting count: Int) async {
      _ = await monitor.check("api")
      while delivered.withLock({ $0.count }) < count { await pause() }
    }
    report(monitor, successes: 90, failures: 10)
    await look(expecting: 0)
    report(monitor, successes: 0, failures: 20)
    await look(expecting: 1)
    await look(expecting: 1)
    time.advance(by: .seconds(100))
    await look(expecting: 2)
    time.advance(by: .seconds(300))
    await look(expecting: 3)
    let rows = try await ledger.checks.recentAlerts(component: "api", limit: 10)
    #expect(rows.map(\.kind) == [.raised, .reminder, .recovered])
    #expect(rows.map(\.status) == [.unhealthy, .unhealthy, .healthy])
    #expect(rows.first?.previousStatus == .degraded)
    #expect(delivered.withLock { $0 } == [.raised, .reminder, .recovered])
    // The ledger records the failures of the broken handler, which affected no other handler.
    await ledger.waitUntil { try await !$0.errors.recent(component: "alert.broken", limit: 1).isEmpty }
  }

  @Test func `calls through the engine are evaluated, also of unregistered components`() async throws {
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let monitor = HealthMonitor(engine: engine)
    for _ in 0..<4 { try? await engine.execute("get", on: "api") { throw Down() } }
    #expect(try await monitor.systemHealth().components.map(\.status) == [.critical])
    #expect(engine.component("api").windowSummary().failures == 4)
  }
}
