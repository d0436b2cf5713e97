import Healing
import HealingMigrations
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Groups of errors, and calls by release: counted in the transaction of their rows, recounted by the check.
@Suite struct ErrorGroupTests {
  let folder: TemporaryFolder
  /// 2026-01-01T00:00:00Z at the start.
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private func open(_ release: String?, at path: String? = nil) throws -> SQLiteLedger {
    try SQLiteLedger(
      path: path ?? folder.path(), identity: ProcessIdentity(release: release),
      options: SQLiteLedgerOptions(retention: nil), time: time)
  }

  private func record(
    _ ledger: SQLiteLedger, _ component: ComponentName = "api", type: String = "T", occurrences: Int = 1,
    cause: LedgerID? = nil
  ) {
    ledger.record(
      .error(
        ErrorContext(
          id: ledger.makeID(), at: time.wallClock(), component: component, operation: "get",
          classification: ErrorClassification(category: .network, rule: "r"), type: type, message: "down",
          occurrences: occurrences, causeID: cause)))
    var counts = CallCounts()
    counts.add(.failure, microseconds: 1_500)
    counts.add(.success, microseconds: 500)
    ledger.record(.sample(HealthSample(component: component, at: time.wallClock(), counts: counts)))
  }

  private func rows(_ sql: String) throws -> [String] {
    try Connection(path: folder.path(), mode: .readOnly).rows(sql) { $0.text(0) }
  }

  private func change(_ sql: String) throws {
    try Connection(path: folder.path(), mode: .readWrite).execute(sql)
  }

  private func problem() async throws -> String? {
    try await LedgerCheck(path: folder.path()).run().problem?.problem
  }

  private static let groups = """
    SELECT component || ' ' || type || ' ' || coalesce(release, '-') || ' ' || entries || ' ' || occurrences || ' '
      || referred || ' ' || substr(first, 12, 8) || ' ' || substr(last, 12, 8) FROM v_error_groups ORDER BY 1
    """

  @Test func `a group has the errors of a fault, component and release`() async throws {
    var ledger = try open("r1")
    record(ledger)
    record(ledger, occurrences: 7)
    record(ledger, type: "U")
    record(ledger, "shop", cause: LedgerID(rawValue: 9))
    time.advance(by: .seconds(3_600))
    record(ledger)
    try await ledger.close()
    ledger = try open(nil)
    time.advance(by: .seconds(86_400))
    record(ledger)
    try await ledger.close()
    #expect(
      try rows(Self.groups) == [
        "api T - 1 1 0 01:00:00 01:00:00", "api T r1 3 9 0 00:00:00 01:00:00",
        "api U r1 1 1 0 00:00:00 00:00:00",
        "shop T r1 1 1 1 00:00:00 00:00:00",
      ])
    let buckets =
      "SELECT resolution || ' ' || count(*) || ' ' || sum(occurrences) FROM error_rollup GROUP BY resolution"
    #expect(try rows(buckets) == ["3600 5 12", "86400 4 12"])
    #expect(
      try rows("SELECT component || coalesce(release, '-') || failures FROM v_releases ORDER BY hour, 1") == [
        "apir13", "shopr11", "apir11", "api-1",
      ])
    #expect(try await problem() == nil)
  }

  @Test(arguments: [
    ("DELETE FROM error WHERE id = (SELECT min(id) FROM error)", "error_rollup differs from the rows"),
    ("DELETE FROM error_rollup WHERE resolution = 3600", "error_rollup differs from the rows"),
    (
      "UPDATE error_rollup SET occurrences = occurrences + 1 WHERE resolution = 86400",
      "error_rollup differs between"
    ),
    ("UPDATE error_group SET entries = entries + 1", "error_group differs from its days"),
    ("UPDATE error_group SET last_error_id = 1", "error_group differs from the rows"),
    ("DELETE FROM release_rollup WHERE resolution = 3600", "release_rollup differs from the rows"),
    (
      "UPDATE release_rollup SET failures = failures + 1 WHERE resolution = 86400",
      "release_rollup differs between"
    ),
  ])
  func `the check finds a row that was removed or changed`(sql: String, problem: String) async throws {
    let ledger = try open("r1")
    for _ in 0..<3 {
      record(ledger)
      time.advance(by: .seconds(60))
    }
    try await ledger.close()
    #expect(try await self.problem() == nil)
    try change("UPDATE retention_door SET open = 1; \(sql); UPDATE retention_door SET open = 0")
    #expect(try await self.problem()?.contains(problem) == true, "\(sql)")
  }

  @Test func `errors of an earlier program are counted when it writes them, and by the migration`()
    async throws
  {
    let path = folder.path()
    let steps = Array(Migration.all.prefix { $0.name != "incidents" })
    let old = try Connection(path: path, mode: .readWriteCreate)
    try Migrator(migrations: steps).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    func write(_ id: Int, _ hour: Int) throws {
      try old.execute(
        """
        INSERT INTO error (id, at, component_id, process_id, operation, attempt, category, severity, transient, type,
          message, fingerprint, rule, occurrences)
        VALUES (\(id), \(hour) * 3600000000 + 5, 1, 1, 'o', 1, 0, 0, 1, 'T', 'm', 'f', 'r', 2) ON CONFLICT (id) DO NOTHING;
        INSERT OR IGNORE INTO feed (position, kind, id) VALUES (\(id), 0, \(id));
        INSERT OR IGNORE INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected,
          cancelled, caller_errors, stale, duration_sum_us, duration_max_us)
        VALUES (\(id), \(hour) * 3600000000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        """)
    }
    try old.execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, release, started_at, last_write_at)
      VALUES (1, 0, 'h', 1, 'p', 'r0', 0, 0);
      INSERT INTO sample_rollup SELECT r.column1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
      FROM (VALUES (86400), (0)) r;
      """)
    for resolution in [60, 3_600] {
      for hour in [1, 2, 7] {
        try old.execute(
          """
          INSERT INTO sample_rollup
          VALUES (\(resolution), \(hour) * 3600000000, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
          """)
      }
    }
    try write(1, 1)
    try write(2, 1)
    try write(3, 2)
    try Migrator(migrations: Migration.all).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    #expect(try rows(Self.groups) == ["api T r0 3 6 0 01:00:00 02:00:00"])
    try write(4, 7)
    try write(4, 7)
    #expect(try rows(Self.groups) == ["api T r0 4 8 0 01:00:00 07:00:00"])
    #expect(try rows("SELECT count(*) FROM error_rollup") == ["4"])
    #expect(try await problem() == nil)
    #expect(try rows("SELECT count(*) FROM release_rollup") == ["0"])
  }

  @Test func `a merged ledger counts the errors and calls of each release once`() async throws {
    let source = folder.path("source.db")
    let ledger = try open("r1", at: source)
    record(ledger)
    var error = ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "down")
    error.parentExecutionID = LedgerID(rawValue: 77)
    ledger.record(.error(error))
    try await ledger.close()
    let own = try open("r2")
    record(own)
    try await own.close()
    for _ in 0..<2 {
      let target = try LedgerImport(path: folder.path(), identity: ProcessIdentity())
      _ = try LedgerMerge(into: target, path: folder.path()).merge(source) { _, _ in }
      try target.close()
    }
    #expect(
      try rows(Self.groups) == [
        "api T r1 2 2 0 00:00:00 00:00:00", "api T r2 1 1 0 00:00:00 00:00:00",
      ])
    #expect(
      try rows("SELECT release || failures || successes FROM v_releases ORDER BY 1") == ["r111", "r211"])
    #expect(try rows("SELECT parent_execution_id FROM v_errors WHERE parent_execution_id > 0") == ["77"])
    #expect(try await problem() == nil)
  }

  @Test func `retention deletes hours and keeps days and groups`() async throws {
    let ledger = try open("r1")
    for _ in 0..<40 {
      record(ledger)
      time.advance(by: .seconds(3 * 86_400))
    }
    try await ledger.close()
    var options = RetentionOptions.standard
    options.minutes = .seconds(10 * 86_400)
    options.hours = .seconds(30 * 86_400)
    let connection = try Connection(path: folder.path(), mode: .readWrite)
    var pruner = Pruner(options)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: time.wallClock()) {
      try pruner.run(slice, connection, now: time.wallClock())
    }
    #expect(try rows("SELECT count(*) FROM error_rollup WHERE resolution = 86400") == ["40"])
    #expect(try rows("SELECT count(*) < 15 FROM error_rollup WHERE resolution = 3600") == ["1"])
    #expect(try rows("SELECT count(*) < 15 FROM release_rollup WHERE resolution = 3600") == ["1"])
    #expect(try rows("SELECT entries FROM error_group") == ["40"])
    #expect(try rows("SELECT count(*) < 40 FROM error") == ["1"])
    #expect(try await problem() == nil)
    try change(
      "UPDATE error_rollup SET entries = 2 WHERE resolution = 86400 AND bucket_at = (SELECT min(bucket_at) FROM error_rollup)"
    )
    #expect(try await problem()?.contains("error_group differs from its days") == true)
  }
}
