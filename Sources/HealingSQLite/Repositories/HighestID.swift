import Healing

/// The highest id that stands in a ledger, so that every id given out from now on is higher, wherever the clock stands.
enum HighestID {
  /// Of every history table and of what is under way: one step down a tree each. What no generator gives out is passed
  /// over.
  static func ofHistory(_ connection: Connection) throws(SQLiteError) -> LedgerID? {
    try highest(history, connection)
  }

  /// Of the versions of breakers, too, which needs all of these.
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
