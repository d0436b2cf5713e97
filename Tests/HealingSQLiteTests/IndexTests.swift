import Foundation
import Healing
import HealingMigrations
import HealingQueries
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// Reads of one component do not go through the rows of the others.
@Suite(.serialized) struct IndexTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger with two components: `busy` with many rows in every table, and `quiet`, whose three are the oldest.
  private func makeLedger(rows: Int) async throws -> SQLiteLedgerReader {
    let path = folder.path("\(rows).db")
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      INSERT INTO component VALUES (1, 'quiet', 0, 0, 0), (2, 'busy', 0, 0, 0);
      CREATE TEMP TABLE n AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows)) SELECT i FROM n;
      BEGIN;
      INSERT INTO error
        SELECT i, i, 1 + (i > 3), 1, 'o', 1, 1, 0, 0, 1, 't', 'm', 'f', 'r', NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL FROM n;
      INSERT INTO health_check SELECT i, i, 1 + (i > 3), 1, 1, NULL, 0.0, 0, 0, 0, 'm', '[]' FROM n;
      INSERT INTO recovery
        SELECT i, i, 1 + (i > 3), 1, 'o', 1, 1, 0, 1, 'succeeded', 1, 1, 'm', NULL, 1, NULL, NULL, NULL, NULL FROM n;
      INSERT INTO breaker_transition SELECT i, i, 1 + (i > 3), 1, 0, 1, 'r', 1, 1, NULL, NULL, NULL, NULL FROM n;
      INSERT INTO alert SELECT i, i, 1 + (i > 3), 1, 'raised', 2, NULL, 'm', NULL FROM n;
      INSERT INTO rejected_call SELECT i, i, 1 + (i > 3), 1, 'o', 0, NULL, NULL, NULL, NULL FROM n;
      COMMIT;
      """)
    return try SQLiteLedgerReader(path: path)
  }

  private typealias Read = @Sendable (SQLiteLedgerReader) async throws -> Int

  /// Each with the number of rows that it has to find.
  private static let reads: [(name: String, rows: Int, read: Read)] = [
    ("errors", 3, { try await $0.errors.recent(component: "quiet", limit: 10).count }),
    ("checks", 3, { try await $0.checks.recent(component: "quiet", limit: 10).count }),
    ("alerts", 3, { try await $0.checks.recentAlerts(component: "quiet", limit: 10).count }),
    ("transitions", 3, { try await $0.breakers.transitions(component: "quiet", limit: 10).count }),
    ("recoveries", 3, { try await $0.recoveries.recent(.all, component: "quiet", limit: 10).count }),
    ("rejected calls", 3, { try await $0.rejections.recent(component: "quiet", limit: 10).count }),
    ("recoveries of all", 10, { try await $0.recoveries.recent(.all, component: nil, limit: 10).count }),
    ("statuses of all", 2, { try await $0.checks.latestStatuses().count }),
    ("alerts of all", 2, { try await $0.checks.latestAlerts().count }),
  ]

  @Test func `queries return the last rows of one component and of each`() async throws {
    let reader = try await makeLedger(rows: 50)
    for (name, rows, read) in Self.reads {
      let count = try await read(reader)
      #expect(count == rows, "\(name)")
    }
  }

  /// SQLite's plan of a query. A scanned table is read from start to end.
  private func plan(_ sql: String) throws -> [String] {
    let path = folder.path("empty.db")
    if !FileManager.default.fileExists(atPath: path) {
      try Migrator(migrations: Migration.all).migrate(
        Connection(path: path, mode: .readWriteCreate), ledger: path, now: Timestamp(microseconds: 0))
    }
    return try Connection(path: path, mode: .readOnly).rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) }
  }

  @Test(arguments: [
    (ErrorTable.select, "e", "error"), (CheckTable.select, "h", "health_check"),
    (AlertTable.select, "a", "alert"),
    (BreakerTable.selectTransitions, "t", "breaker_transition"),
  ])
  func `a query for one component scans no table`(select: String, alias: String, table: String) throws {
    let plan = try plan(ReaderPool.recent(select, table: alias, ofOne: true))
    #expect(plan.contains { $0.contains("\(table)_by_component (component_id=?)") }, "\(plan)")
    #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
  }

  @Test(arguments: [(CheckTable.latestStatuses, "health_check"), (AlertTable.latest, "alert")])
  func `a query for the last row of each component scans only the components`(
    sql: String, table: String
  ) throws {
    let plan = try plan(sql)
    #expect(plan.contains { $0.contains("\(table)_by_component (component_id=?)") }, "\(plan)")
    // The other one is a subquery with a limit.
    #expect(
      plan.filter { $0.hasPrefix("SCAN") }.allSatisfy {
        $0.hasPrefix("SCAN c") || $0.hasPrefix("SCAN (subquery")
      },
      "\(plan)")
  }

  @Test func `the query of the shell also finds recoveries of one component by the index`()
    throws
  {
    let plan = try plan(Query.recentRecoveries.sql)
    #expect(
      plan.contains("SEARCH r USING INDEX recovery_by_component (component_id=? AND rowid>? AND rowid<?)"),
      "\(plan)")
  }

  @Test
  func `the last alerts of a component follow the positions of the feed, without a walk through its others`()
    async throws
  {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    // The last two were committed in the other order; alerts of other ledgers have no position and higher ids.
    try Connection(path: path, mode: .readWrite).execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0), (2, 'merged', 0, 0, 0);
      CREATE TEMP TABLE n AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n;
      BEGIN;
      INSERT INTO alert SELECT i, i, 1, 1, 'raised', 2, NULL, 'm' || i, NULL FROM n;
      INSERT INTO alert SELECT i + 10000, i, 1 + (i > 300), 1, 'raised', 2, NULL, 'other', NULL FROM n WHERE i <= 305;
      INSERT INTO feed (kind, id) SELECT 4, i FROM n WHERE i <> 4999;
      INSERT INTO feed (kind, id) VALUES (4, 4999);
      COMMIT
      """)
    let pool = try ReaderPool(file: LedgerFile(path: path), deadline: nil)
    let checks = SQLiteLedgerReader(readers: pool).checks
    #expect(
      try await checks.recentAlerts(component: "api", limit: 3).map(\.message) == ["m4998", "m5000", "m4999"])
    #expect(
      try await checks.recentAlerts(component: "merged", limit: 3).map(\.id.rawValue) == [
        10_303, 10_304, 10_305,
      ])
    let last = try await checks.latestAlerts()
    #expect(last["api"]?.message == "m4999")
    #expect(last["merged"]?.id.rawValue == 10_305)
    let steps = pool.preparedStatements.filter { $0.sql.contains("alert") }.map(\.steps)
    #expect(steps.count == 2)
    #expect(steps.allSatisfy { $0 < 20_000 }, "\(steps)")
    // More than are walked.
    #expect(try await checks.recentAlerts(component: "api", limit: .max).count == 5_300)
  }

  @Test func `a query for one component returns the same rows as a query for all`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(ledger: ledger)
    for name in ["a", "b", "c"] as [ComponentName] {
      let component = try engine.component(
        name, policy: ComponentPolicy(breaker: name == "c" ? nil : .standard))
      component.report(.failure)
      component.resetBreaker()
    }
    try await ledger.flush()
    let all = try await ledger.breakers.all()
    #expect(all.map(\.component) == ["a", "b"])
    #expect(try await ledger.breakers.find("b") == all.last)
    #expect(try await ledger.breakers.find("c") == nil)
    #expect(try await ledger.breakers.find("nobody") == nil)
    let known = try await ledger.components.all()
    #expect(try await ledger.components.find("c") == known.first { $0.name == "c" })
    #expect(try await ledger.components.find("nobody") == nil)
    try await ledger.close()
  }
}
