import CSQLite
import Healing
import HealingMigrations

/// The reference: the same row into the same schema in batches of the same size, with nothing but SQLite's C API:
/// no queue, no thread, no roll-ups.
enum RawLoop {
  struct Failed: Error { let code: Int32 }

  static func rowsPerSecond(path: String, batches: Int) throws -> Double {
    var opened: OpaquePointer?
    try check(
      sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil))
    defer { sqlite3_close_v2(opened) }
    let setup = """
      PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192;
      """
    try check(sqlite3_exec(opened, setup, nil, nil, nil))
    for migration in Migration.all { try check(sqlite3_exec(opened, migration.sql, nil, nil, nil)) }
    let seed = """
      INSERT INTO component (id, name, registered_at, epoch_started_at)
        VALUES (1, 'a', 0, 0), (2, 'b', 0, 0), (3, 'c', 0, 0), (4, 'd', 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      """
    try check(sqlite3_exec(opened, seed, nil, nil, nil))
    var statement: OpaquePointer?
    let insert = "INSERT INTO health_sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    try check(sqlite3_prepare_v3(opened, insert, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
    defer { sqlite3_finalize(statement) }
    let time = SystemTimeSource()
    let wall = time.wallClock().microseconds
    var id: Int64 = 250_847_512_018_439_171
    let start = time.monotonicNanoseconds()
    for _ in 0..<batches {
      try check(sqlite3_exec(opened, "BEGIN IMMEDIATE", nil, nil, nil))
      for index in 0..<LedgerLoad.batchSize {
        id += 1
        sqlite3_bind_int64(statement, 1, id)
        sqlite3_bind_int64(statement, 2, wall)
        sqlite3_bind_int64(statement, 3, Int64(index & 3) + 1)
        sqlite3_bind_int64(statement, 4, 1)
        sqlite3_bind_int64(statement, 5, 0)
        sqlite3_bind_int64(statement, 6, 1)
        for column: Int32 in 7...11 { sqlite3_bind_int64(statement, column, 0) }
        sqlite3_bind_int64(statement, 12, 1_500)
        sqlite3_bind_int64(statement, 13, 1_500)
        sqlite3_bind_null(statement, 14)
        guard sqlite3_step(statement) == SQLITE_DONE else { throw Failed(code: sqlite3_errcode(opened)) }
        sqlite3_reset(statement)
      }
      try check(sqlite3_exec(opened, "COMMIT", nil, nil, nil))
    }
    return Double(batches * LedgerLoad.batchSize) / Double(time.monotonicNanoseconds() - start) * 1e9
  }

  private static func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw Failed(code: code) }
  }
}
