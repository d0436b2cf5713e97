import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What a monitor knows again after a restart, and of other processes.
@Suite struct MonitorRestoreTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private func inOneProcess(_ body: (HealthMonitor) async throws -> Void) async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    try await body(HealthMonitor(engine: try await RecoveryEngine(ledger: ledger, time: time)))
    try await ledger.close()
  }

  private func alerts() async throws -> [AlertRecord.Kind] {
    try await SQLiteLedgerReader(path: folder.path()).checks.recentAlerts(component: "api", limit: 99).map(
      \.kind)
  }

  private func fail(_ monitor: HealthMonitor) {
    for _ in 0..<10 { monitor.recordFailure("api", duration: .milliseconds(5)) }
  }

  @Test func `an incident is told once, also over restarts, and its end too`() async throws {
    try await inOneProcess { (monitor: HealthMonitor) async throws in
      fail(monitor)
      try await monitor.engineFlush()
      await monitor.check("api")
    }
    for _ in 0..<3 {
      time.advance(by: .seconds(10))
      try await inOneProcess { await $0.check("api") }
    }
    #expect(try await alerts() == [.raised])
    time.advance(by: .seconds(3600))
    try await inOneProcess { (monitor: HealthMonitor) async throws in
      fail(monitor)
      try await monitor.engineFlush()
      await monitor.check("api")
    }
    #expect(try await alerts() == [.raised, .reminder])
    time.advance(by: .seconds(400))
    try await inOneProcess { await $0.check("api") }
    try await inOneProcess { await $0.check("api") }
    #expect(try await alerts() == [.raised, .reminder, .recovered])
    let checks = try await SQLiteLedgerReader(path: folder.path()).checks.recent(component: "api", limit: 99)
    // The status before is known again after a restart: only real changes are marked.
    #expect(checks.compactMap(\.previousStatus) == [.healthy, .critical])
  }

  @Test func `calls of every process are judged, and two monitors tell an incident once`() async throws {
    let ledgers = try (0..<2).map { _ in try SQLiteLedger(path: folder.path(), time: time) }
    var monitors: [HealthMonitor] = []
    for ledger in ledgers {
      monitors.append(HealthMonitor(engine: try await RecoveryEngine(ledger: ledger, time: time)))
    }
    fail(monitors[0])
    try await ledgers[0].flush()
    #expect(try await monitors[1].health(of: "api")?.status == .critical)
    for monitor in monitors {
      await monitor.check("api")
      for ledger in ledgers { try await ledger.flush() }
    }
    #expect(try await alerts() == [.raised])
    for ledger in ledgers { try await ledger.close() }
  }
}

extension HealthMonitor {
  /// What was reported is durable, as it would be a moment later.
  fileprivate func engineFlush() async throws { _ = try await systemHealth() }
}
