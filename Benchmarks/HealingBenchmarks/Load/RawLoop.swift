import CHealingSQLite
import Healing
import HealingMigrations

/// The reference: the same row into the same schema in batches of the same size, with nothing but SQLite's C API:
/// no queue, no thread, no roll-ups.
final class RawLoop {
  struct Failed: Error { let code: Int32 }

  // Owned: opened in init, closed in deinit, never handed out.
  private let handle: OpaquePointer
  private let insert: OpaquePointer
  private var id: Int64 = 250_847_512_018_439_171

  init(path: String) throws {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else { throw Failed(code: code) }
    let setup = """
      PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192;
      """
    let seed = """
      INSERT INTO component (id, name, registered_at, epoch_started_at)
        VALUES (1, 'a', 0, 0), (2, 'b', 0, 0), (3, 'c', 0, 0), (4, 'd', 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      """
    do {
      for sql in [setup] + Migration.all.map(\.sql) + [seed] { try Self.execute(sql, opened) }
      var statement: OpaquePointer?
      let insert = """
        INSERT INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected, cancelled,
          caller_errors, stale, duration_sum_us, duration_max_us, histogram)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
      let code = sqlite3_prepare_v3(opened, insert, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
      guard code == SQLITE_OK, let statement else { throw Failed(code: code) }
      self.insert = statement
      handle = opened
    } catch {
      sqlite3_close_v2(opened)
      throw error
    }
  }

  deinit {
    sqlite3_finalize(insert)
    sqlite3_close_v2(handle)
  }

  /// Writes and commits one batch.
  func write(rows: Int) throws {
    let wall = SystemTimeSource().wallClock().microseconds
    try Self.execute("BEGIN IMMEDIATE", handle)
    for index in 0..<rows {
      id += 1
      sqlite3_bind_int64(insert, 1, id)
      sqlite3_bind_int64(insert, 2, wall)
      sqlite3_bind_int64(insert, 3, Int64(index & 3) + 1)
      sqlite3_bind_int64(insert, 4, 1)
      sqlite3_bind_int64(insert, 5, 0)
      sqlite3_bind_int64(insert, 6, 1)
      for column: Int32 in 7...11 { sqlite3_bind_int64(insert, column, 0) }
      sqlite3_bind_int64(insert, 12, 1_500)
      sqlite3_bind_int64(insert, 13, 1_500)
      sqlite3_bind_null(insert, 14)
      guard sqlite3_step(insert) == SQLITE_DONE else { throw Failed(code: sqlite3_errcode(handle)) }
      sqlite3_reset(insert)
    }
    try Self.execute("COMMIT", handle)
  }

  /// Writes and commits as many errors as a retry helps against: an error and a recovery each, with their events.
  func writeFailures(_ count: Int) throws {
    let wall = SystemTimeSource().wallClock().microseconds
    let rows =
      "WITH RECURSIVE n (i) AS (SELECT \(id + 1) UNION ALL SELECT i + 1 FROM n WHERE i < \(id + Int64(count)))"
    id += Int64(count)
    try Self.execute(
      """
      BEGIN IMMEDIATE;
      \(rows) INSERT INTO error (id, at, component_id, process_id, operation, execution_id, attempt, category, severity,
        transient, type, message, fingerprint, rule)
      SELECT i, \(wall), 1 + i % 4, 1, 'generate', i, 1, 0, 1, 1, 'POSIXError', 'Connection refused',
        'v2:0123456789abcdef', 'posix.ECONNREFUSED' FROM n;
      \(rows) INSERT INTO recovery (id, at, component_id, process_id, operation, execution_id, error_id, action, success,
        outcome, attempts, duration_us, message)
      SELECT i, \(wall), 1 + i % 4, 1, 'generate', i, i, 0, 1, 'succeeded', 2, 1000, 'attempt 2 succeeded' FROM n;
      \(rows) INSERT INTO feed (kind, id) SELECT 0, i FROM n;
      \(rows) INSERT INTO feed (kind, id) SELECT 1, i FROM n;
      COMMIT
      """, handle)
  }

  private static func execute(_ sql: String, _ handle: OpaquePointer) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw Failed(code: code) }
  }
}
