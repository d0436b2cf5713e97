import HealingLedger
import Healing

/// Rows of `gap`.
enum GapTable {
  static func insert(
    id: LedgerID, at: Timestamp, _ key: GapKey, events: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      "INSERT INTO gap (id, at, component_id, process_id, kind, events) VALUES (?, ?, ?, ?, ?, ?)")
    row.bind(1, id.rawValue)
    row.bind(2, at.microseconds)
    // NULL when the component itself was refused.
    row.bind(3, key.component.map(context.componentID).flatMap { $0 == 0 ? nil : $0 })
    row.bind(4, context.process)
    row.bind(5, key.kind.rawValue)
    row.bind(6, events)
    try row.runAndReset()
  }

  /// Inserts a row for durable batches that the file lacks, without a component.
  static func insertLostBatches(
    id: LedgerID, at: Timestamp, process: Int64, _ batches: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let row = try connection.cached(
      "INSERT INTO gap (id, at, process_id, kind, events) VALUES (?, ?, ?, 'batches_lost', ?)")
    row.bind(1, id.rawValue)
    row.bind(2, at.microseconds)
    row.bind(3, process)
    row.bind(4, batches)
    try row.runAndReset()
  }
}
