import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What a monitor restores after a restart, and reads of other processes.
@Suite struct MonitorRestoreTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private func inOneProcess(_ body: (HealthMonitor) async throws -> Void) async throws {
    try await inOneProcess(ComponentPolicy(breaker: nil)) { monitor, _ in try await body(monitor) }
  }

  private func inOneProcess(
    _ policy: ComponentPolicy = .standard, _ body: (HealthMonitor, RecoveryEngine) async throws -> Void
  ) async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    try await body(HealthMonitor(engine: engine), engine)
    try await ledger.close()
  }

  private func alerts() async throws -> [AlertRecord.Kind] {
    try await SQLiteLedgerReader(path: folder.path()).checks.recentAlerts(component: "api", limit: 99).map(
      \.kind)
  }

  private func fail(_ monitor: HealthMonitor) {
    for _ in 0..<10 { monitor.recordFailure("api", duration: .milliseconds(5)) }
  }

  @Test func `the monitor sends the start and the end of an incident once, also after restarts`() async throws
  {
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

  /// Kind and detail as stored, and kind as the view has it.
  private func stored() throws -> [String] {
    try Connection(path: folder.path(), mode: .readOnly).rows(
      """
      SELECT a.kind || ' ' || ifnull(a.detail, '-') || ' ' || v.kind || ' ' || v.resolved
      FROM alert a JOIN v_alerts v USING (id) ORDER BY a.id
      """
    ) { $0.text(0) }
  }

  @Test(arguments: [false, true])
  func `the ledger stores alerts of circuits so that an earlier release can read them`(failsOn: Bool)
    async throws
  {
    try await inOneProcess { (monitor: HealthMonitor, _: RecoveryEngine) async throws in
      for _ in 0..<9 { monitor.recordFailure("api", duration: .zero) }
      try await monitor.engineFlush()
      time.advance(by: .seconds(30))
      await monitor.check("api")
    }
    try await inOneProcess { (monitor: HealthMonitor, engine: RecoveryEngine) async throws in
      time.advance(by: failsOn ? .zero : .seconds(400))
      engine.component("api").resetBreaker()
      try await engine.ledger.flush()
      await monitor.check("api")
    }
    let closed =
      failsOn ? "reminder circuit_closed circuit_closed 0" : "recovered circuit_closed circuit_closed 1"
    #expect(try stored() == ["raised circuit_opened circuit_opened 0", closed])
    // The next process uses them.
    try await inOneProcess { await $0.check("api") }
    #expect(try await alerts() == [.circuitOpened, .circuitClosed])
  }

  @Test(arguments: 0..<4) func `a check counts the call immediately before it`(kind: Int) async throws {
    struct Down: Error {}
    try await inOneProcess(ComponentPolicy(retry: nil, breaker: nil)) { monitor, engine in
      for count in 1...3 as ClosedRange<Int64> {
        switch kind {
        case 0: try? await engine.execute("get", on: "api") { throw Down() }
        case 1: engine.component("api").report(.failure)
        case 2: engine.component("api").report(Down(), operation: "get")
        default: monitor.recordFailure("api", duration: .zero)
        }
        let health = await monitor.check("api")
        // Three failures in a row are enough for a verdict.
        #expect(health?.failedRequests == count && health?.status == (count == 3 ? .critical : .healthy))
      }
    }
    #expect(try await alerts() == [.raised])
  }

  @Test func `a round counts the calls before it`() async throws {
    let still = VirtualTime(jumps: false)
    let ledger = try SQLiteLedger(path: folder.path(), time: still)
    let monitor = HealthMonitor(engine: try await RecoveryEngine(ledger: ledger, time: still))
    fail(monitor)
    monitor.start()
    await still.waitForSleepers()
    await monitor.stop()
    try await ledger.flush()
    #expect(try await ledger.checks.recent(component: "api", limit: 9).map(\.failedRequests) == [10])
    try await ledger.close()
  }

  @Test func `a check evaluates health while the ledger cannot be written`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let monitor = HealthMonitor(
      engine: try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil), time: time))
    fail(monitor)
    try await ledger.flush()
    let holder = try Connection(path: folder.path(), mode: .readWriteCreate)
    try holder.execute("BEGIN IMMEDIATE")
    fail(monitor)
    #expect(await monitor.check("api")?.status == .critical)
    try holder.execute("ROLLBACK")
    try await ledger.close()
  }

  @Test func `the monitor counts calls of every process, and two monitors send an incident once`()
    async throws
  {
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
