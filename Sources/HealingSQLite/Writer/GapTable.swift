import Healing

/// Rows of `gap`.
enum GapTable {
  static func insert(
    id: LedgerID, at: Timestamp, _ key: EntryQueue.GapKey, events: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      "INSERT INTO gap (id, at, component_id, process_id, kind, events) VALUES (?, ?, ?, ?, ?, ?)")
    row.bind(1, id.rawValue)
    row.bind(2, at.microseconds)
    // Without one where the component itself was refused.
    row.bind(3, key.component.map(context.componentID).flatMap { $0 == 0 ? nil : $0 })
    row.bind(4, context.process)
    row.bind(5, key.kind.rawValue)
    row.bind(6, events)
    try row.runAndReset()
  }
}
