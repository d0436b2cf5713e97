import Healing

/// Rows of `feed`.
enum FeedTable {
  /// The kind of a row's event. The raw values are stored.
  enum Kind: Int64 {
    case error, recovery, transition, check, alert
  }

  /// Gives an event the next position. Call it in the transaction that writes the event.
  static func append(_ kind: Kind, _ id: LedgerID, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached("INSERT INTO feed (kind, id) VALUES (?, ?)")
    row.bind(1, kind.rawValue)
    row.bind(2, id.rawValue)
    try row.runAndReset()
  }

  /// Returns the position of the last event; 0 when there is none.
  static func lastPosition(_ connection: Connection) throws(SQLiteError) -> Int64 {
    try connection.integer("SELECT max(position) FROM feed") ?? 0
  }

  /// Returns the event of a row; `nil` when its row does not exist any more.
  static func event(_ kind: Kind, _ id: Int64, _ connection: Connection) throws(SQLiteError) -> RecoveryEvent?
  {
    switch kind {
    case .error:
      try row("\(ErrorTable.select) WHERE e.id = ?", id, connection) { .error(ErrorTable.decode($0)) }
    case .recovery:
      try row("\(RecoveryTable.select) WHERE r.id = ?", id, connection) {
        .recovery(RecoveryTable.decode($0))
      }
    case .transition:
      try row("\(BreakerTable.selectTransitions) WHERE t.id = ?", id, connection) {
        .transition(BreakerTable.decodeTransition($0))
      }
    case .check:
      try row("\(CheckTable.select) WHERE h.id = ?", id, connection) { .check(CheckTable.decode($0)) }
    case .alert:
      try row("\(AlertTable.select) WHERE a.id = ?", id, connection) {
        .alert(AlertTable.decode($0))
      }
    }
  }

  private static func row(
    _ sql: String, _ id: Int64, _ connection: Connection, _ decode: (Row) -> RecoveryEvent
  ) throws(SQLiteError) -> RecoveryEvent? {
    try connection.rows(sql, bind: { $0.bind(1, id) }, decode).first
  }
}
