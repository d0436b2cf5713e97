import Healing

/// Rows of `watermark`: how far retention has pruned each table.
enum WatermarkTable {
  /// The name under which the roll-ups' watermarks are stored.
  static let rollups = "rollup"
  static let feed = "feed"

  /// Advances a watermark and counts deleted rows.
  /// - Parameter position: of the feed: the last deleted position.
  static func advance(
    _ table: String, resolution: Int64 = 0, to cutoff: Int64, position: Int64? = nil, deleted: Int64,
    at now: Timestamp, _ connection: Connection
  ) throws(SQLiteError) {
    let row = try connection.cached(
      """
      INSERT INTO watermark VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT DO UPDATE SET
        pruned_before_at = max(iif(typeof(pruned_before_at) = 'integer', pruned_before_at, ?3), ?3),
        last_position = nullif(max(iif(typeof(last_position) = 'integer', last_position, 0), coalesce(?4, 0)), 0),
        deleted = iif(deleted BETWEEN 0 AND \(Int64.max / 2), CAST(deleted AS INTEGER), 0) + ?5, pruned_at = ?6
      """)
    row.bind(1, table)
    row.bind(2, resolution)
    row.bind(3, cutoff)
    row.bind(4, position)
    row.bind(5, deleted)
    row.bind(6, now.microseconds)
    try row.runAndReset()
  }

  /// Moves a watermark from the future back.
  static func moveBack(_ table: String, resolution: Int64, to time: Int64, _ connection: Connection)
    throws(SQLiteError)
  {
    let row = try connection.cached(
      "UPDATE watermark SET pruned_before_at = ?3 WHERE table_name = ?1 AND resolution = ?2 AND pruned_before_at > ?3"
    )
    row.bind(1, table)
    row.bind(2, resolution)
    row.bind(3, time)
    try row.runAndReset()
  }

  /// Returns the time before which a table was pruned; `nil` when retention has not deleted from it.
  static func prunedBefore(_ table: String, resolution: Int64 = 0, _ connection: Connection)
    throws(SQLiteError) -> Int64?
  {
    try connection.integer("SELECT pruned_before_at FROM watermark WHERE table_name = ? AND resolution = ?") {
      $0.bind(1, table)
      $0.bind(2, resolution)
    }
  }

  /// Returns the last position of the feed that retention deleted; 0 when it deleted none. A number above the feed's
  /// end is damaged.
  static func lastDeletedPosition(_ connection: Connection) throws(SQLiteError) -> Int64 {
    let position =
      try connection.integer("SELECT last_position FROM watermark WHERE table_name = '\(feed)'") ?? 0
    return try position > FeedTable.lastPosition(connection) ? 0 : max(0, position)
  }
}
