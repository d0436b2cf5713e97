import Healing

/// Rows of `process`.
enum ProcessTable {
  /// Registers this run under a node number that none of the last 1,024 runs had.
  static func register(_ identity: ProcessIdentity, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> (id: Int64, node: Int64)
  {
    let taken = Set(
      try connection.rows("SELECT node FROM process ORDER BY id DESC LIMIT 1024") { $0.integer(0) })
    var node = Int64.random(in: 0..<LedgerIDGenerator.nodeCount)
    while taken.contains(node) { node = (node + 1) % LedgerIDGenerator.nodeCount }
    let insert = try connection.cached(
      """
      INSERT INTO process (node, host, pid, program, release, started_at, last_write_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING id
      """)
    defer { insert.reset() }
    insert.bind(1, node)
    insert.bind(2, identity.host)
    insert.bind(3, identity.pid)
    insert.bind(4, identity.program)
    insert.bind(5, identity.release)
    insert.bind(6, now.microseconds)
    _ = try insert.step()
    return (insert.row.integer(0), node)
  }

  static func noteBatch(_ batch: Int64, process: Int64, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError)
  {
    let update = try connection.cached("UPDATE process SET batch = ?, last_write_at = ? WHERE id = ?")
    update.bind(1, batch)
    update.bind(2, now.microseconds)
    update.bind(3, process)
    try update.runAndReset()
  }

  static func lastBatch(process: Int64, _ connection: Connection) throws(SQLiteError) -> Int64? {
    try connection.integer("SELECT batch FROM process WHERE id = ?") { $0.bind(1, process) }
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

  static func unended(besides process: Int64, _ connection: Connection) throws(SQLiteError) -> [Int64] {
    try connection.rows("SELECT id FROM process WHERE ended_at IS NULL AND id <> ?") {
      $0.bind(1, process)
    } _: {
      $0.integer(0)
    }
  }
}
