import Foundation
import Healing
import HealingLedger
import HealingMigrations
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// `healing check` names the table from which one row was removed by hand, in a ledger that retention has pruned.
@Suite struct RemovedRowTests {
  let folder: TemporaryFolder
  /// 2026-01-01T00:00:00Z at the start.
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

  /// A pruned ledger of 20 days with rows in every table of history, sealed sums, and roll-ups of every resolution.
  private func makeLedger() async throws -> String {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    for number in 0..<160 {
      record(ledger, number)
      time.advance(by: .seconds(3 * 3_600))
      if number.isMultiple(of: 20) { try await ledger.flush() }
    }
    try await ledger.flush()
    ledger.record(.forgotten("db", id: ledger.makeID(), at: time.wallClock(), actor: "ops"))
    try await ledger.close()
    let upkeep = try LedgerUpkeep(path: path, identity: ProcessIdentity())
    let now = time.wallClock()
    _ = try await upkeep.pin(
      (now + .seconds(-2 * 86_400))..<now, component: nil, reason: "outage", actor: "ops")
    let connection = try Connection(path: path, mode: .readWrite)
    var pruner = Pruner(
      RetentionOptions(
        samples: Self.days(7), errors: Self.days(9), recoveries: Self.days(8), checks: Self.days(9),
        events: Self.days(9), minutes: Self.days(12), hours: Self.days(16)))
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    try connection.transaction { () throws(SQLiteError) in
      for _ in 0..<2 {
        try UpkeepTable.insert(.prune, .ok, at: now, lasting: .zero, figures: "{}", connection)
      }
    }
    return path
  }

  private func record(_ ledger: SQLiteLedger, _ number: Int) {
    let now = time.wallClock()
    for component in ["api", "db"] as [ComponentName] {
      var counts = CallCounts()
      counts.add(.success, microseconds: 1_500)
      counts.add(.failure, microseconds: Int64(number) * 1_000)
      counts.add(.rejected, microseconds: 0, rejection: .circuit)
      var sample = HealthSample(component: component, at: now, counts: counts)
      sample.executions.add(.saved)
      sample.rejections = [RejectedOperation(operation: "get", reason: .circuit): 1]
      ledger.record(.sample(sample))
      let error = ErrorContext(
        id: ledger.makeID(), at: now, component: component, operation: "get",
        classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "m")
      ledger.record(.error(error))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: now, component: component, operation: "get", action: .retry,
            outcome: .succeeded, attempts: 2, duration: .milliseconds(number))))
      ledger.record(
        .rejection(
          RejectedCall(
            id: ledger.makeID(), at: now, component: component, operation: "get", reason: .circuit)))
      ledger.record(
        .check(
          HealthCheckRecord(
            id: ledger.makeID(), at: now, component: component, status: .degraded, previousStatus: nil,
            errorRate: 0.5, totalRequests: 2, failedRequests: 1, responseTime: .milliseconds(5), message: "m",
            issues: [])))
      ledger.record(
        .alert(
          AlertRecord(
            id: ledger.makeID(), at: now, component: component, kind: .raised, status: .critical,
            previousStatus: nil, message: "m")))
      ledger.record(
        .transition(
          BreakerTransitionRecord(
            id: ledger.makeID(), at: now, component: component, from: .closed, to: .open, reason: "r",
            failureCount: 1, consecutiveTrips: 1), BreakerSnapshot(component: component, updatedAt: now)))
      if number == 0 {
        ledger.record(
          .policy(
            PolicyChange(
              component: component, at: now, text: PolicyText(json: "{}"), source: .explicit)))
        ledger.record(.unprotectedCalls(3))
      }
    }
  }

  private func findings(_ path: String) async throws -> [String] {
    try await LedgerCheck(path: path).run().document.rollUps ?? []
  }

  /// Removes a row in a transaction and returns what the check finds in it.
  private func findings(_ path: String, without row: String, of table: String, _ key: String) throws
    -> [String]
  {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("BEGIN; UPDATE retention_door SET open = 1")
    try connection.execute("DELETE FROM \(table) WHERE (\(key)) = (\(row))")
    #expect(try connection.integer("SELECT changes()") == 1, "no row: \(row)")
    let found = try LedgerCheck.recount(connection)
    try connection.execute("ROLLBACK")
    return found
  }

  @Test func `the check names each table of history from which a row was removed`() async throws {
    let path = try await makeLedger()
    #expect(try await findings(path) == [])
    for table in [
      "error", "health_sample", "health_check", "recovery", "breaker_transition", "alert", "gap", "feed",
      "component_change", "rejected_call", "policy_change", "pin", "upkeep",
    ] {
      let key = table == "feed" ? "position" : "id"
      let name = table == "health_sample" ? "sample_rollup" : table
      for end in ["min", "max"] {
        let found = try findings(path, without: "SELECT \(end)(\(key)) FROM \(table)", of: table, key)
        #expect(found.contains { $0.hasPrefix(name) }, "\(end) of \(table): \(found)")
      }
    }
  }

  @Test func `the check names the sums of which a row was removed, at each resolution`() async throws {
    let path = try await makeLedger()
    let keys = [
      "sealed_recovery": "bucket_at, component_id, action", "sealed_sample": "bucket_at, component_id, epoch",
      "recovery_rollup": "resolution, bucket_at, component_id, action",
      "sample_rollup": "resolution, bucket_at, component_id, epoch",
      "rejection_rollup": "resolution, bucket_at, component_id, epoch, operation, reason",
      "outcome_rollup": "resolution, bucket_at, component_id",
    ]
    for (table, key) in keys {
      for resolution in table.hasPrefix("sealed") ? [nil] : [60, 3_600, 86_400, 0] as [Int?] {
        for order in ["ASC", "DESC"] {
          let condition = resolution.map { "WHERE resolution = \($0)" } ?? ""
          let row = "SELECT \(key) FROM \(table) \(condition) ORDER BY bucket_at \(order) LIMIT 1"
          let found = try findings(path, without: row, of: table, key)
          #expect(
            found.contains { $0.contains(table) }, "\(table), \(resolution ?? 0), \(order): \(found)")
        }
      }
    }
  }

  @Test func `an earlier program's rows count, and so do those from before the counting`() async throws {
    let path = folder.path("earlier.db")
    let old = try Connection(path: path, mode: .readWriteCreate)
    let steps = Array(Migration.all.prefix { $0.name != "accounting" })
    try Migrator(migrations: steps).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    func insert(_ id: Int) -> String {
      """
      INSERT INTO error (id, at, component_id, process_id, operation, attempt, category, severity, transient, type, message,
        fingerprint, rule, occurrences)
      VALUES (\(id), \(id), 1, 1, 'o', 1, 0, 0, 1, 't', 'm', 'f', 'r', 1);
      INSERT INTO feed (kind, id) VALUES (0, \(id));
      """
    }
    try old.execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      INSERT INTO watermark VALUES ('error', 0, 1, NULL, 7, 1), ('feed', 0, 1, 7, 9223372036854775807, 1);
      \(insert(1)) \(insert(2))
      """)
    // A reader of the earlier schema has nothing to compare with.
    #expect(try await findings(path) == [])
    try Migrator(migrations: Migration.all).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    try old.execute("UPDATE watermark SET deleted = 0 WHERE table_name = 'feed'; \(insert(3))")
    #expect(try await findings(path) == [])
    try old.execute("UPDATE retention_door SET open = 1; DELETE FROM error WHERE id = 1")
    let found = try await findings(path)
    #expect(found == ["error lacks 1 of the rows that were written"])
  }
}
