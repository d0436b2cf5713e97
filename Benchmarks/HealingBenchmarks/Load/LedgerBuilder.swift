import Foundation
import Healing
import HealingSQLite

/// Makes large ledgers: the schema by the ledger itself, rows in plain SQL, roll-ups summed up from the rows.
enum LedgerBuilder {
  static let componentCount = 20
  /// Groups of equal errors.
  static let fingerprintCount = 50
  /// 90 days that end at 2026-06-01T00:00:00Z.
  static let end: Int64 = 1_780_272_000_000_000
  static let span: Int64 = 90 * 86_400_000_000

  /// Recoveries spread evenly over 90 days, 20 components and four actions.
  static func recoveries(_ count: Int, path: String) async throws {
    try await build(count, path: path, bytesARow: 250) { connection in
      try insertRecoveries(count, hasRequests: false, connection)
    }
  }

  /// The same with as many errors, samples, checks and events, with requests of two errors and two recoveries each. The
  /// component `quiet` has one error, the first.
  static func history(_ count: Int, path: String) async throws {
    try await build(count, path: path, bytesARow: 500) { connection in
      try insertRecoveries(count, hasRequests: true, connection)
      try connection.execute(
        """
        INSERT INTO component (id, name, registered_at, epoch_started_at)
        VALUES (\(componentCount + 1), 'quiet', 0, 0);
        """)
      for rows in chunks(of: count) {
        let made = """
          WITH RECURSIVE n (i) AS (SELECT \(rows.lowerBound) UNION ALL SELECT i + 1 FROM n WHERE i < \(rows.upperBound)),
            made (i, id, at, component_id) AS (
              SELECT i, \(id("i", count)), \(end - span) + i * \(step(count)),
                iif(i = 1, \(componentCount + 1), i * 7919 / 13 % \(componentCount) + 1) FROM n)
          """
        try connection.execute(
          """
          BEGIN;
          \(made)
          INSERT INTO error (id, at, component_id, process_id, operation, execution_id, attempt, category, severity,
            transient, type, message, fingerprint, rule, request_id)
          SELECT id, at, component_id, 1, 'generate', id, 1, i % 10, 1, 1, 'URLError',
            'connection refused by host ' || i % \(fingerprintCount), printf('v2:%016x', i % \(fingerprintCount)),
            'text.network.refused', 'r-' || (i / 2) FROM made;
          \(made)
          INSERT INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected, cancelled,
            caller_errors, stale, duration_sum_us, duration_max_us)
          SELECT id, at, component_id, 1, 0, 0, 1, 0, 0, 0, 0, 1000, 1000 FROM made;
          \(made)
          INSERT INTO health_check SELECT id, at, component_id, 1, 1, NULL, 0.5, 10, 5, 1000, 'half failed', '[]' FROM made
          WHERE i % 1000 = 0;
          \(made)
          INSERT INTO feed (kind, id) SELECT i % 2, id FROM made;
          COMMIT
          """)
      }
    }
  }

  /// Makes a ledger and fills it without its indexes, which are built afterwards: sorted, they take a fraction of the time.
  private static func build(
    _ count: Int, path: String, bytesARow: Int64, _ fill: (Connection) throws -> Void
  ) async throws {
    try checkRoom(for: count, bytes: bytesARow, path: path)
    try await SQLiteLedger(path: path).close()
    let connection = try Connection(path: path, mode: .readWrite)
    let indexes = try connection.rows(
      """
      SELECT name, sql FROM sqlite_schema
      WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('error', 'recovery', 'health_check')
      """
    ) { (name: $0.text("name"), sql: $0.text("sql")) }
    // A ledger's connections refuse a journal of `OFF`. One in memory has the few pages that change.
    try connection.execute(
      """
      PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY;
      \(indexes.map { "DROP INDEX \($0.name);" }.joined(separator: " "))
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(componentCount))
      INSERT INTO component (id, name, registered_at, epoch_started_at) SELECT i, 'component-' || i, 0, 0 FROM n;
      """)
    try fill(connection)
    for index in indexes { try connection.execute(index.sql) }
    try connection.execute("PRAGMA journal_mode = WAL")
  }

  private static func insertRecoveries(_ count: Int, hasRequests: Bool, _ connection: Connection) throws {
    let sums = """
      total = total + excluded.total, successful = successful + excluded.successful,
      attempts = attempts + excluded.attempts, duration_sum_us = duration_sum_us + excluded.duration_sum_us,
      duration_max_us = max(duration_max_us, excluded.duration_max_us)
      """
    for rows in chunks(of: count) {
      try connection.execute(
        """
        BEGIN;
        WITH RECURSIVE n (i) AS (SELECT \(rows.lowerBound) UNION ALL SELECT i + 1 FROM n WHERE i < \(rows.upperBound))
        INSERT INTO recovery (id, at, component_id, process_id, operation, execution_id, error_id, action, success,
          outcome, attempts, duration_us, message, request_id)
        SELECT \(id("i", count)), \(end - span) + i * \(step(count)), i * 7919 / 13 % \(componentCount) + 1, 1,
          'generate', i, i, i * 104729 / 17 % 4, i % 5 > 0, iif(i % 5 > 0, 'succeeded', 'failed'), i % 3 + 1, i % 100000,
          'attempt 2', iif(\(hasRequests ? 1 : 0), 'r-' || (i / 2), NULL)
        FROM n;
        INSERT INTO recovery_rollup
        SELECT 60, at / 60000000 * 60000000, component_id, action, count(*), sum(success), sum(attempts),
          sum(duration_us), max(duration_us)
        FROM recovery
        WHERE id BETWEEN \(id("\(rows.lowerBound)", count)) AND \(id("\(rows.upperBound)", count)) GROUP BY 2, 3, 4
        ON CONFLICT DO UPDATE SET \(sums);
        COMMIT
        """)
    }
    // Each resolution from the finer one.
    for (finer, seconds) in [(60, 3_600), (3_600, 86_400), (86_400, 0)] as [(Int64, Int64)] {
      let bucket = seconds == 0 ? "0" : "bucket_at / \(seconds * 1_000_000) * \(seconds * 1_000_000)"
      try connection.execute(
        """
        INSERT INTO recovery_rollup
        SELECT \(seconds), \(bucket), component_id, action, sum(total), sum(successful), sum(attempts),
          sum(duration_sum_us), max(duration_max_us)
        FROM recovery_rollup WHERE resolution = \(finer) GROUP BY 2, 3, 4
        """)
    }
    // Health samples of every day, so that the rates have as long a history to not look at.
    try connection.execute(
      """
      INSERT INTO sample_rollup
      SELECT resolution, bucket_at, component_id, 0, sum(successful), sum(total - successful), 0, 0, 0, 0,
        sum(duration_sum_us), max(duration_max_us), sum(total), 0, 0, 0, 0, 0
      FROM recovery_rollup GROUP BY 1, 2, 3;
      """)
  }

  /// Ranges of row numbers, from 1, a transaction each.
  private static func chunks(of count: Int) -> [ClosedRange<Int>] {
    let size = 1_000_000
    return stride(from: 1, through: count, by: size).map { $0...min(count, $0 + size - 1) }
  }

  /// Microseconds between two rows.
  private static func step(_ count: Int) -> Int64 { span / Int64(count) }

  /// The id of a row, with its time, in SQL. Rows are more than a millisecond apart in ledgers of up to a billion.
  private static func id(_ row: String, _ count: Int) -> String {
    "((\(end - span) + \(row) * \(step(count))) / 1000 - 1735689600000 << 22)"
  }

  /// - Throws: ``Unexpected`` when the disk has no room for a ledger of this size.
  private static func checkRoom(for count: Int, bytes: Int64, path: String) throws {
    let needed = Int64(count) * bytes
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
    let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
    guard free > needed else {
      throw Unexpected(
        "\(count) rows a table need \(needed / 1_000_000) MB in \(folder.path), \(free / 1_000_000) MB are free: "
          + "free some, set TMPDIR, or ask for fewer with --rows")
    }
  }

  /// Minutes from one outage to the next.
  static let outageInterval = 720
  /// Number of outages in the 90 days: the first one begins after an hour.
  static let outageCount = Int(span / 60_000_000) / outageInterval

  /// Adds outages to a ledger of ``history(_:path:)``: each is 10 to 24 minutes of failures of three components that begin one after
  /// the other, with circuits that open and close. Other minutes are no part of an incident. Calls have outcomes and two releases.
  static func outages(path: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    let begin = (end - span) / 60_000_000 * 60_000_000
    let id = "(at / 1000 - 1735689600000 << 22) + component_id"
    try connection.execute(
      """
      BEGIN;
      UPDATE sample_rollup SET successes = successes + failures - 1, failures = 1
      WHERE resolution = 60 AND (failures >= 3 OR rejected > 0 OR (failures > 0 AND successes = 0));
      CREATE TEMP TABLE episode AS
        WITH RECURSIVE o (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM o WHERE i < \(outageCount - 1)),
          part (n) AS (VALUES (0), (1), (2))
        SELECT (i + n * 7) % \(componentCount) + 1 AS component_id,
          \(begin) + (i * \(outageInterval) + 60 + i * 37 % 200 + n * 2) * 60000000 AS at, 10 + i % 15 AS minutes FROM o, part;
      WITH RECURSIVE m (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m WHERE i < 23)
      INSERT INTO sample_rollup
      SELECT 60, at + m.i * 60000000, component_id, 0, 10, 30, 3, 0, 0, 0, 40000, 1000, 40, 0, 0, 0, 0, 0
      FROM episode, m WHERE m.i < minutes
      ON CONFLICT DO UPDATE SET successes = 10, failures = 30, rejected = 3;
      INSERT OR IGNORE INTO breaker_transition
      SELECT \(id), at, component_id, 1, 0, 1, 'failure_threshold', 5, 1, at + 60000000, NULL, NULL, NULL
      FROM (SELECT component_id, at + 30000000 AS at FROM episode);
      INSERT OR IGNORE INTO breaker_transition
      SELECT \(id), at, component_id, 1, 2, 0, 'probes_succeeded', 0, 1, NULL, NULL, NULL, NULL
      FROM (SELECT component_id, at + minutes * 60000000 AS at FROM episode);
      DROP TABLE temp.episode;
      INSERT INTO outcome_rollup
      SELECT resolution, bucket_at, component_id, successes + failures, failures / 2, rejected, failures / 4, failures / 8, 0,
        failures / 4, 0
      FROM sample_rollup WHERE true ON CONFLICT DO NOTHING;
      INSERT INTO release_rollup
      SELECT s.resolution, s.bucket_at, s.component_id, r.column1, s.successes / 2, s.failures / 2, 0, 0, 0, 0, s.duration_sum_us / 2,
        s.duration_max_us, s.upto_1ms / 2, 0, 0, 0, 0, 0
      FROM sample_rollup s, (VALUES ('2026.5.1'), ('2026.5.2')) r WHERE s.resolution IN (3600, 86400) ON CONFLICT DO NOTHING;
      COMMIT
      """)
    try connection.checkpoint(.truncating)
  }

  /// Components with a breaker that is open and a full health window.
  static func breakers(_ count: Int, path: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("BEGIN")
    try connection.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < \(1_000 + count))
      INSERT INTO component (id, name, registered_at, epoch_started_at) SELECT i, 'breaker-' || i, 0, 0 FROM n;
      INSERT INTO breaker (component_id, version, state, failure_count, success_count, consecutive_trips, probe_rounds,
        tripped_at, open_until_at, open_for_us, trip_error_id, last_failure_at, updated_at, process_id)
      SELECT id, 1, 1, 5, 0, 1, 0, \(end), \(end) + 60000000, 60000000, 1, \(end), \(end), 1
      FROM component WHERE id > 1000;
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
      INSERT INTO health_window
      SELECT id, i, \(end) - 300000000 + i * 10000000, 0, 90, 10, 0, 1000000 FROM component, n WHERE id > 1000;
      """)
    try connection.execute("COMMIT")
    try connection.checkpoint(.truncating)
  }
}
