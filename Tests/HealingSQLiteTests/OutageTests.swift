import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// An outage, recorded twice: in the ledger, and in the script's list of what its callers and its dependencies saw.
/// Every count of the one is recomputed from the other.
@Suite struct OutageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(.timeLimit(.minutes(4)))
  func `the ledger records the outage that the script lists`() async throws {
    let path = folder.path()
    let time = VirtualTime(jumps: false)
    let begun = time.monotonicNanoseconds()
    func open(_ number: Int) throws -> SQLiteLedger {
      try SQLiteLedger(
        path: path, identity: ProcessIdentity(program: "shop", release: "2026.11.\(number)"), time: time)
    }
    let firstLedger = try open(1)
    let first = try await OutageService(1, ledger: firstLedger, time: time, begun: begun)
    var secondLedger: SQLiteLedger?
    var second: OutageService?
    var list: [OutageCall] = []
    var holders: [Task<Void, any Error>] = []
    let hold = Gate()
    let delivered = Lock<[AlertRecord]>([])
    func watch(_ engine: RecoveryEngine) -> HealthMonitor {
      let monitor = HealthMonitor(engine: engine)
      monitor.onAlert("pager") { alert in delivered.withLock { $0.append(alert) } }
      return monitor
    }
    var monitor = watch(first.engine)
    var during: ComponentHealth?
    for tick in 0..<12_000 {
      let now = Double(tick) / 200
      if tick == 5_000 {
        let ledger = try open(2)
        second = try await OutageService(2, ledger: ledger, time: time, begun: begun)
        secondLedger = ledger
      }
      // Both releases serve until the first one ends.
      let service = second.map { tick >= 7_000 || tick.isMultiple(of: 2) ? $0 : first } ?? first
      list.append(
        await service.pay(
          tick, isDown: now >= 10 && now < 40, isFlaky: now < 10 && tick.isMultiple(of: 50)))
      if tick == 3_800 {
        for _ in 0..<3 {
          holders.append(Task { try await first.search.execute("hold") { await hold.wait() } })
        }
        while hold.count < 3 { await Task.yield() }
      }
      if tick == 4_950 {
        hold.open()
        for holder in holders {
          try await holder.value
          list.append(
            OutageCall(
              process: 1, component: "search", operation: "hold", request: "", at: 0, attempts: [true]))
        }
      }
      if tick.isMultiple(of: 10) && tick < 5_000 { list.append(await first.find(tick)) }
      if tick.isMultiple(of: 20) {
        list += await service.order(tick, isDown: now >= 30 && now < 32)
      }
      if tick == 6_000 {
        try await secondLedger?.flush()
        during = try await monitor.health(of: "payments")
        try expect(during, equals: list)
      }
      if tick.isMultiple(of: 1_000) {
        for name in OutageService.components { await monitor.check(name) }
      }
      if tick == 7_000 {
        try await firstLedger.close()
        monitor = watch(try #require(second).engine)
      }
      time.advance(by: .milliseconds(5))
    }
    let last = try #require(second)
    let ledger = try #require(secondLedger)
    try await ledger.flush()
    // A circuit that is open for 30 s sends one alert when it has been open for 10 s, and one when it closes. The
    // bulkhead rejected over a fifth of the calls. The two seconds of the database are below the threshold.
    let alerts = try await ledger.checks.recentAlerts(component: nil, limit: 100)
    #expect(alerts.map(\.component) == ["payments", "search", "payments"])
    #expect(alerts.map(\.kind) == [.circuitOpened, .raised, .circuitClosed])
    let seconds = alerts.map { ($0.at - Timestamp(microseconds: 1_767_225_600_000_000)) / .seconds(1) }
    #expect(seconds == [25, 25, 45])
    for _ in 0..<10_000 where delivered.withLock({ $0.count }) < alerts.count { await pause() }
    #expect(delivered.withLock { $0 } == alerts)
    try await ledger.flush()
    // The script crosses the border of a minute.
    let cut = try #require(Timestamp(iso8601: "2026-01-01T00:01:00Z"))
    try await expect(ledger, equals: list, cut: cut)
    #expect(during?.status == .critical || during?.status == .unhealthy)
    #expect(try await HealthMonitor(engine: last.engine).health(of: "search")?.status == .unhealthy)
    try await ledger.close()
    let check = try await LedgerCheck(path: path).run()
    #expect(check.problem == nil, "\(check.lines)")
    // The script must have run in full, or the test proves nothing.
    let payments = list.filter { $0.component == "payments" }
    #expect(payments.count { $0.isRejected } > 5_000)
    #expect(payments.contains { $0.end == .fallback } && payments.contains { $0.end == .failed })
    #expect(list.contains { $0.end == .bulkheadFull })
    #expect(Set(payments.map(\.process)) == [1, 2])
  }

  private func expect(_ health: ComponentHealth?, equals list: [OutageCall]) throws {
    let health = try #require(health)
    let expected = OutageTotals(list.filter { $0.component == "payments" })
    #expect(health.totalRequests == expected.total)
    #expect(health.failedRequests == expected.failed)
    #expect(health.rejectedByCircuit == expected.rejectedByCircuit)
    let all = Double(expected.total + expected.rejected)
    #expect(health.rejectedRate == Double(expected.rejected) / all)
  }

  private func expect(_ ledger: some LedgerReader, equals list: [OutageCall], cut: Timestamp) async throws {
    let rates = try await ledger.samples.rates(.all, component: nil)
    let connection = try Connection(path: folder.path(), mode: .readOnly)
    #expect(try connection.integer("SELECT count(*) FROM gap") == 0)
    var sum = ExecutionTotals()
    for name in Set(list.map(\.component)).sorted() {
      let own = list.filter { $0.component == name }
      let expected = OutageTotals(own)
      let found = try #require(rates.first { $0.component == name })
      #expect(found.totalRequests == expected.total, "\(name)")
      #expect(found.failedRequests == expected.failed, "\(name)")
      #expect(found.rejectedRequests == expected.rejected, "\(name)")
      #expect(found.rejectedByCircuit == expected.rejectedByCircuit, "\(name)")
      #expect(found.rejectedByBulkhead == expected.rejectedByBulkhead, "\(name)")
      let statistics = try await ledger.recoveries.statistics(.all, component: name)
      #expect(statistics.executions == expected.executions, "\(name)")
      let byAction = Dictionary(
        uniqueKeysWithValues: statistics.byAction.map { ($0.action, $0.totals.total) })
      #expect(byAction[.retry] ?? 0 == expected.retries, "\(name)")
      #expect(byAction[.fallback] ?? 0 == expected.fallbacks, "\(name)")
      let rejections = try await ledger.rejections.byOperation(.all, component: name)
      #expect(rejections.allSatisfy { expected.rejections[$0.operation]?[$0.reason] == $0.calls }, "\(name)")
      #expect(
        rejections.reduce(0) { $0 + $1.calls } == expected.rejected, "\(name)")
      let rows = try await ledger.rejections.recent(component: name, limit: 100_000)
      #expect(rows.compactMap(\.requestID).sorted() == expected.rows.sorted(), "\(name)")
      let errors = try connection.integer(
        "SELECT sum(occurrences) FROM v_errors WHERE component = '\(name)' AND (cause_id IS NULL) = \(name != "orders")"
      )
      #expect(errors ?? 0 == expected.failed, "\(name)")
      sum.executions += statistics.executions.executions
      sum.rejected += statistics.executions.rejected
      sum.saved += statistics.executions.saved
      sum.degraded += statistics.executions.degraded
      sum.lost += statistics.executions.lost
      // By minutes, too.
      let before = try await ledger.recoveries.statistics(LedgerRange(until: cut), component: name).executions
      let after = try await ledger.recoveries.statistics(LedgerRange(since: cut), component: name).executions
      #expect(before.executions + after.executions == expected.executions.executions, "\(name)")
      #expect(before.lost + after.lost == expected.executions.lost, "\(name)")
    }
    let overall = try await ledger.recoveries.statistics(.all, component: nil).executions
    #expect(overall == sum)
    let good = Double(sum.executions + sum.rejected - sum.lost)
    #expect(overall.effectiveSuccessRate == good / Double(sum.executions + sum.rejected))
  }

  /// Two real processes, each with its own list. The first one monitors during the outage, the second one after it.
  @Test func `the ledger, health and alerts tell the outage of real processes`() async throws {
    let path = folder.path()
    let start = SystemTimeSource().wallClock()
    let first = try ChildProcess("OutageWriter", [path, "1"])
    _ = try await first.waitForLine { $0 == "half" }
    let second = try ChildProcess("OutageWriter", [path, "2"], takesInput: true)
    await first.expectEnd()
    try second.input?.write(contentsOf: Data("\n".utf8))
    await second.expectEnd()
    let reports = try [first, second].map { process in
      try JSONDecoder().decode(OutageReport.self, from: Data(try #require(process.lines.last).utf8))
    }
    let reader = try SQLiteLedgerReader(path: path)
    let list = reports.flatMap(\.calls)
    try await expect(
      reader, equals: list,
      cut: Timestamp(microseconds: (start.microseconds / 60_000_000 + 1) * 60_000_000))
    // The first process was alone when it read the health; the second one has read what both did.
    try expect(reports[0].health, equal: { reports[0].calls.prefix($0) })
    try expect(reports[1].health, equal: { reports[0].calls + reports[1].calls.prefix($0) })
    let status = reports.map { report in
      Dictionary(uniqueKeysWithValues: report.health.map { ($0.component, $0.status) })
    }
    #expect(status[0]["payments"] ?? .healthy >= .unhealthy)
    #expect(status[0]["search"] == .unhealthy)
    #expect(status[1]["search"] == .degraded)
    #expect(status[1]["database"] == .degraded && status[1]["orders"] == .degraded)
    #expect(reports[0].alerts.map(\.component) == ["payments", "search"])
    #expect(reports[0].alerts.map(\.kind) == ["circuit_opened", "raised"])
    #expect(reports[1].alerts.map(\.component) == ["payments", "search"])
    #expect(reports[1].alerts.map(\.kind) == ["circuit_closed", "recovered"])
    let stored = try await reader.checks.recentAlerts(component: nil, limit: 100).map(OutageReport.Alert.init)
    #expect(stored == reports.flatMap(\.alerts))
    let check = try await LedgerCheck(path: path).run()
    #expect(check.problem == nil, "\(check.lines)")
    let payments = list.filter { $0.component == "payments" }
    #expect(payments.contains { $0.isRejected } && payments.contains { $0.end == .failed })
    #expect(list.contains { $0.end == .bulkheadFull })
    #expect(Set(payments.map(\.process)) == [1, 2])
  }

  private func expect(
    _ health: [OutageReport.Health], equal calls: (Int) -> some Sequence<OutageCall>
  ) throws {
    #expect(health.map(\.component) == OutageService.components)
    for health in health {
      let expected = OutageTotals(calls(health.calls).filter { $0.component == health.component })
      #expect(health.total == expected.total, "\(health.component)")
      #expect(health.failed == expected.failed, "\(health.component)")
      #expect(health.rejected == expected.rejected, "\(health.component)")
      #expect(health.rejectedByCircuit == expected.rejectedByCircuit, "\(health.component)")
    }
  }
}
