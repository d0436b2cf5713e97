package import Healing

/// Rows of `upkeep`: what was done to the ledger itself.
package enum UpkeepTable {
  /// Kinds of upkeep. The raw values are stored.
  package enum Kind: String {
    case check, backup, restore, prune, compact, export, ingest, merge, salvage
  }

  /// Results of upkeep. The raw values are stored.
  package enum Outcome: String {
    case ok, failed
    /// Not finished: a signal or a limit ended it.
    case stopped
  }

  /// Records one upkeep. Call it in a transaction under the write lock.
  /// - Parameters:
  ///   - start: when the upkeep began.
  ///   - figures: a JSON object.
  package static func insert(
    _ kind: Kind, _ outcome: Outcome, at start: Timestamp, lasting duration: Duration, figures: String,
    _ connection: Connection
  ) throws(SQLiteError) {
    let row = try connection.cached(
      "INSERT INTO upkeep (at, kind, outcome, figures, duration_us) VALUES (?, ?, ?, ?, ?)")
    row.bind(1, start.microseconds)
    row.bind(2, kind.rawValue)
    row.bind(3, outcome.rawValue)
    row.bind(4, figures)
    row.bind(5, duration.microseconds)
    try row.runAndReset()
  }
}
