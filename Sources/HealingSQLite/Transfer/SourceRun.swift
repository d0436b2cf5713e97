import HealingMigrations

/// A run of another ledger, as stored in `process`.
struct SourceRun: Sendable {
  let node: Int64
  let host: String
  let pid: Int64
  let program: String
  let release: String?
  let startedAt: Int64
  let lastWriteAt: Int64
  let batch: Int64
  let endedAt: Int64?
  let endKind: String?

  /// What identifies a run. Its number does not: a ledger that was restored from an older copy gives numbers again.
  struct Key: Hashable, Sendable {
    let node: Int64
    let host: String
    let pid: Int64
    let startedAt: Int64
  }
  var key: Key { Key(node: node, host: host, pid: pid, startedAt: startedAt) }

  /// Returns all runs of a ledger by their numbers.
  static func all(_ connection: Connection) throws(SQLiteError) -> [Int64: SourceRun] {
    let rows = try connection.rows("SELECT * FROM process") { row in
      (
        row.integer("id"),
        SourceRun(
          node: row.integer("node"), host: row.text("host"), pid: row.integer("pid"),
          program: row.text("program"),
          release: row.optionalText("release"), startedAt: row.integer("started_at"),
          lastWriteAt: row.integer("last_write_at"), batch: row.integer("batch"),
          endedAt: row.optionalInteger("ended_at"), endKind: row.optionalText("end_kind"))
      )
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  // A run that has not ended in the other ledger has no lock here: it ends with its last batch.
  private var end: (at: Int64, kind: String) {
    (endedAt ?? lastWriteAt, endedAt == nil ? "clean" : endKind ?? "clean")
  }

  /// Inserts the run into a ledger.
  /// - Returns: its number there.
  func insert(_ connection: Connection) throws(SQLiteError) -> Int64? {
    try connection.integer(
      """
      INSERT INTO process (node, host, pid, program, release, started_at, last_write_at, batch, ended_at, end_kind,
        schema_step)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
      """
    ) {
      $0.bind(1, node)
      $0.bind(2, host)
      $0.bind(3, pid)
      $0.bind(4, program)
      $0.bind(5, release)
      $0.bind(6, startedAt)
      $0.bind(7, lastWriteAt)
      $0.bind(8, batch)
      $0.bind(9, end.at)
      $0.bind(10, end.kind)
      // This program counts the run's calls by release.
      $0.bind(11, Migration.all.count)
    }
  }

  /// Updates the row of a run that was inserted before.
  func update(_ process: Int64, _ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      "UPDATE process SET last_write_at = ?, batch = ?, ended_at = ?, end_kind = ? WHERE id = ?")
    row.bind(1, lastWriteAt)
    row.bind(2, batch)
    row.bind(3, end.at)
    row.bind(4, end.kind)
    row.bind(5, process)
    try row.runAndReset()
  }
}
