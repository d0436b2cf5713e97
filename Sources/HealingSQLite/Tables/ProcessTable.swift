import Healing
import HealingMigrations

/// Rows of `process`.
enum ProcessTable {
  /// A run, identified by three columns of its row. Another ledger may have a row with the same number, but not
  /// with the same three values.
  struct Run: Sendable, Equatable {
    let id: Int64
    let node: Int64
    let startedAt: Timestamp
  }

  /// Registers this run with a node number that none of the last 1,024 runs had.
  /// - Parameter preferredNode: used when none of them had it.
  static func register(
    _ identity: ProcessIdentity, preferredNode: Int64? = nil, at now: Timestamp, _ connection: Connection
  ) throws(SQLiteError) -> Run {
    let taken = Set(
      try connection.rows("SELECT node FROM process ORDER BY id DESC LIMIT 1024") { $0.integer("node") })
    var node = preferredNode ?? Int64.random(in: 0..<LedgerIDGenerator.nodeCount)
    while taken.contains(node) { node = (node + 1) % LedgerIDGenerator.nodeCount }
    let id = try connection.integer(
      """
      INSERT INTO process (node, host, pid, program, release, started_at, last_write_at, schema_step)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) RETURNING id
      """
    ) {
      $0.bind(1, node)
      $0.bind(2, identity.host)
      $0.bind(3, identity.pid)
      $0.bind(4, identity.program)
      $0.bind(5, identity.release)
      $0.bind(6, now.microseconds)
      $0.bind(7, Migration.all.count)
    }
    return Run(id: id ?? 0, node: node, startedAt: now)
  }

  /// Records the number of this run's last batch. Clears an end that another process recorded, because a run
  /// that writes is alive.
  /// - Returns: whether the run has a row.
  static func noteBatch(_ batch: Int64, of run: Run, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> Bool
  {
    let update = try connection.cached(
      """
      UPDATE process SET batch = ?1, last_write_at = ?2, ended_at = NULL, end_kind = NULL
      WHERE id = ?3 AND node = ?4 AND started_at = ?5
      """)
    update.bind(1, batch)
    update.bind(2, now.microseconds)
    update.bind(3, run.id)
    update.bind(4, run.node)
    update.bind(5, run.startedAt.microseconds)
    try update.runAndReset()
    return connection.changes == 1
  }

  /// Returns the number of a run's last batch; `nil` when the run has no row.
  static func lastBatch(of run: Run, _ connection: Connection) throws(SQLiteError) -> Int64? {
    try connection.integer("SELECT batch FROM process WHERE id = ? AND node = ? AND started_at = ?") {
      $0.bind(1, run.id)
      $0.bind(2, run.node)
      $0.bind(3, run.startedAt.microseconds)
    }
  }

  /// Returns the last batch of every run, by number of the run.
  static func lastBatches(_ connection: Connection) throws(SQLiteError) -> [Int64: Int64] {
    let rows = try connection.rows("SELECT id, batch FROM process") {
      ($0.integer("id"), $0.integer("batch"))
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  static func end(
    process: Int64, _ kind: ProcessRecord.End, at now: Timestamp, _ connection: Connection
  ) throws(SQLiteError) {
    let update = try connection.cached(
      "UPDATE process SET ended_at = ?, end_kind = ? WHERE id = ? AND ended_at IS NULL")
    update.bind(1, now.microseconds)
    update.bind(2, kind.rawValue)
    update.bind(3, process)
    try update.runAndReset()
  }

  /// Returns the runs that have not ended and for which a condition holds, in words for a message, such as
  /// `healing serve (pid 4711 on web-1)`.
  static func unended(_ connection: Connection, where holds: (_ run: Int64) -> Bool) throws(SQLiteError)
    -> [String]
  {
    try connection.rows("SELECT id, program, pid, host FROM process WHERE ended_at IS NULL ORDER BY id") {
      (id: $0.integer("id"), text: "\($0.text("program")) (pid \($0.integer("pid")) on \($0.text("host")))")
    }.filter { holds($0.id) }.map(\.text)
  }

  /// Returns the other runs that have not ended, with the times of their last batches.
  static func unended(besides process: Int64, _ connection: Connection) throws(SQLiteError) -> [(
    id: Int64, lastWriteAt: Timestamp
  )] {
    try connection.rows("SELECT id, last_write_at FROM process WHERE ended_at IS NULL AND id <> ?") {
      $0.bind(1, process)
    } _: {
      ($0.integer("id"), $0.time("last_write_at"))
    }
  }

  /// Selects the columns that ``decode(_:)`` reads.
  static let select =
    "SELECT id, host, pid, program, release, started_at, last_write_at, ended_at, end_kind FROM process"

  static func decode(_ row: Row) -> ProcessRecord {
    ProcessRecord(
      id: row.integer("id"), host: row.text("host"), pid: row.integer("pid"), program: row.text("program"),
      release: row.optionalText("release"), startedAt: row.time("started_at"),
      lastWriteAt: row.time("last_write_at"), endedAt: row.optionalTime("ended_at"),
      end: row.optionalText("end_kind").flatMap(ProcessRecord.End.init(rawValue:)))
  }
}
