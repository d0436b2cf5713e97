/// The newest rows of a kind. Old rows are removed in bulk, so that appending stays cheap.
struct BoundedRows<Row: Sendable>: Sendable {
  private(set) var rows: [Row] = []

  mutating func append(_ row: Row) {
    rows.append(row)
    if rows.count > InMemoryLedger.rowLimit * 5 / 4 {
      rows.removeFirst(rows.count - InMemoryLedger.rowLimit)
    }
  }
}
