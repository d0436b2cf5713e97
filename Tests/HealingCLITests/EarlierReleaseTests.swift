import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// A ledger that the release with three migrations wrote, and that release's reports of it, in
/// `EarlierRelease`. `make test-releases` alternates both releases.
@Suite struct EarlierReleaseTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("EarlierRelease")
  private let temporary: TemporaryFolder
  private var path: String { temporary.path() }

  init() async throws {
    temporary = try TemporaryFolder()
    let shell = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c", "gzip -dc \"$0\" > \"$1\"", Self.folder.appendingPathComponent("ledger.db.gz").path,
        temporary.path(),
      ])
    try #require(shell.code == 0, "\(shell)")
  }

  /// The rows of a command's JSON have every field as the earlier release printed it. Fields may have joined.
  private func expectSame(_ command: [String], as file: String, _ when: Comment) async throws {
    let result = try await ChildProcess.run("healing", command + ["--ledger", path, "--format", "json"])
    #expect(result.code == 0, "\(when): \(result.errors)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [NSDictionary])
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("\(file).json"))
    let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: NSObject]])
    #expect(rows.count == expected.count && !expected.isEmpty, "\(file), \(when)")
    for (row, expected) in zip(rows, expected) {
      for (field, value) in expected {
        #expect(row[field] as? NSObject == value, "\(file).\(field), \(when)")
      }
    }
  }

  private func expectSameReports(_ when: Comment) async throws {
    for report in ["overall", "by-action", "by-component", "recent"] {
      try await expectSame(["report", report], as: report, when)
    }
    try await expectSame(["breakers"], as: "breakers", when)
  }

  @Test func `reports of an earlier ledger are the same before and after its migration`() async throws {
    try await expectSameReports("not yet migrated")
    try await SQLiteLedger(path: path).close()
    try await expectSameReports("migrated")
    let check = try await ChildProcess.run("healing", ["check", "--ledger", path])
    #expect(check.code == 0, "\(check)")
  }

  @Test func `a reader reads every part of an earlier ledger before its migration`() async throws {
    let reader = try SQLiteLedgerReader(path: path)
    let errors = try await reader.errors.recent(component: nil, limit: 1_000)
    #expect(!errors.isEmpty && errors.allSatisfy { $0.causeID == nil })
    #expect(try await reader.errors.find(try #require(errors.first).id) == errors.first)
    let samples = try await reader.samples.recent(component: nil, limit: 1_000)
    #expect(!samples.isEmpty && samples.allSatisfy { $0.counts.rejectedByCircuit == 0 })
    #expect(try await !reader.samples.rates(.all, component: nil).isEmpty)
    _ = try await reader.samples.windows(component: nil)
    let statistics = try await reader.recoveries.statistics(.all, component: nil)
    #expect(statistics.overall.totalRecoveries > 0 && statistics.executions == ExecutionTotals())
    #expect(
      try await reader.recoveries.recent(.all, component: nil, limit: 9).allSatisfy { $0.gaveUp == nil })
    #expect(try await !reader.breakers.all().isEmpty)
    _ = try await reader.breakers.transitions(component: nil, limit: 9)
    _ = try await reader.checks.recent(component: nil, limit: 9)
    _ = try await reader.checks.recentAlerts(component: nil, limit: 9)
    _ = try await (reader.checks.latestAlerts(), reader.checks.latestStatuses())
    #expect(try await !reader.feed.events(after: 0, limit: 9).isEmpty)
    #expect(try await reader.rejections.recent(component: nil, limit: 9).isEmpty)
    #expect(try await reader.rejections.byOperation(.all, component: nil).isEmpty)
    #expect(try await reader.policies.latest().isEmpty)
    #expect(try await reader.policies.changes(after: 0).isEmpty)
    #expect(try await !reader.components.all().isEmpty)
    #expect(try await !reader.processes.recent(limit: 9).isEmpty)
  }

  @Test func `a writer continues an earlier ledger`() async throws {
    let before = try await Program.json("report", "overall", "--ledger", path)
    let ledger = try SQLiteLedger(path: path)
    let engine = try await RecoveryEngine(ledger: ledger)
    let tripped = engine.component("orders_db").breakerSnapshot()
    #expect(tripped?.state == .open && tripped?.consecutiveTrips == 2)
    for _ in 0..<5 {
      _ = try await engine.component("new").execute("get", fallbacks: [Fallback<Int>("zero") { 0 }]) {
        throw POSIXError(.EACCES)
      }
    }
    try await ledger.close()
    let after = try await Program.json("report", "overall", "--ledger", path)
    let recoveries = [before, after].map { $0.first?["total_recoveries"] as? Int ?? -1 }
    #expect(recoveries[1] >= recoveries[0] + 5 && recoveries[0] > 0, "\(recoveries)")
    let check = try await ChildProcess.run("healing", ["check", "--ledger", path])
    #expect(check.code == 0, "\(check)")
  }

  /// `writes.sql.gz` has every statement of the release before retention on this ledger, recorded after it was migrated and
  /// pruned as here.
  @Test func `the release before retention writes to a pruned ledger, and every total has its rows`()
    async throws
  {
    try await SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil)).close()
    func recoveries() async throws -> Int64 {
      try await SQLiteLedgerReader(path: path).recoveries.statistics(.all, component: nil).overall
        .totalRecoveries
    }
    let before = try await recoveries()
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA foreign_keys = ON")
    let now = try #require(Timestamp(iso8601: "2026-11-28T19:04:49Z"))
    let hour = Duration.seconds(3_600)
    var pruner = Pruner(
      RetentionOptions(samples: hour, errors: hour, recoveries: hour, checks: hour, events: hour))
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    #expect(pruner.deleted["recovery"]?.rows ?? 0 > 300 && pruner.deleted["health_sample"]?.rows ?? 0 > 1_000)
    let shell = try await ChildProcess.run(
      "/bin/sh", ["-c", "gzip -dc \"$0\"", Self.folder.appendingPathComponent("writes.sql.gz").path])
    try connection.execute(shell.output)
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil))
    let interrupted = try await ledger.recoveries.recent(.all, component: nil, limit: 100).filter {
      $0.outcome == .interrupted
    }
    try await ledger.close()
    let written = try #require(
      try connection.integer("SELECT sum(occurrences) FROM recovery WHERE process_id = 3"))
    let after = try await recoveries()
    #expect(written >= 18 && after == before + written + Int64(interrupted.count), "\(before), then \(after)")
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    let check = try await ChildProcess.run("healing", ["check", "--ledger", path])
    #expect(check.code == 0 && check.output.contains("pruned     recovery before "), "\(check)")
  }
}
