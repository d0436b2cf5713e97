import Healing

/// The highest id in a ledger. The id generator starts above it, whatever the clock shows.
enum HighestID {
  /// Returns the highest id of all history tables and of recoveries in progress, with one index lookup each.
  /// Ignores numbers that no generator creates.
  static func ofHistory(_ connection: Connection) throws(SQLiteError) -> LedgerID? {
    try highest(history, connection)
  }

  /// Returns the highest id of history and of breaker versions; this reads all breakers.
  static func ofAll(_ connection: Connection) throws(SQLiteError) -> LedgerID? {
    try highest("\(history) UNION ALL \(versions)", connection)
  }

  private static func highest(_ rows: String, _ connection: Connection) throws(SQLiteError) -> LedgerID? {
    let highest = try connection.integer("SELECT max(id) FROM (\(rows))") {
      $0.bind(1, LedgerIDGenerator.limit.rawValue)
    }
    return highest.map(LedgerID.init(rawValue:))
  }

  private static let history = [
    ("error", "id"), ("health_sample", "id"), ("health_check", "id"), ("recovery", "id"),
    ("breaker_transition", "id"), ("alert", "id"), ("gap", "id"), ("recovery_in_progress", "execution_id"),
  ].map { "SELECT max(\($1)) AS id FROM \($0) WHERE \($1) < ?1" }.joined(separator: " UNION ALL ")

  private static let versions = ["state_version", "override_version"].map {
    "SELECT max(\($0)) FROM breaker WHERE \($0) < ?1"
  }.joined(separator: " UNION ALL ")
}
