import Healing

/// Reads the changes to the set of components in a ledger, from a position on.
struct ComponentChanges {
  private var lastComponent: Int64
  private var lastChange: Int64

  /// Starts at the beginning: all components count as new.
  init() { (lastComponent, lastChange) = (0, 0) }

  /// Starts at the current contents, which count as known.
  init(_ connection: Connection) throws(SQLiteError) {
    lastComponent = try connection.integer("SELECT max(id) FROM component") ?? 0
    lastChange = try connection.integer("SELECT max(id) FROM component_change") ?? 0
  }

  /// Returns the changes since the last call.
  mutating func next(_ connection: Connection) throws(SQLiteError) -> [ComponentChange] {
    let new = try connection.rows(
      "SELECT c.id, c.name AS component FROM component c WHERE c.id > ? AND \(ComponentTable.isKnown) ORDER BY c.id"
    ) {
      $0.bind(1, lastComponent)
    } _: {
      (id: $0.integer("id"), change: ComponentChange.known($0.component("component")))
    }
    let changes = try connection.rows(
      """
      SELECT x.id, c.name AS component, x.kind, x.forgetting FROM component_change x
      JOIN component c ON c.id = x.component_id WHERE x.id > ? ORDER BY x.id
      """
    ) {
      $0.bind(1, lastChange)
    } _: { row in
      let name = row.component("component")
      return (
        id: row.integer("id"),
        change: row.text("kind") == "forgotten"
          ? ComponentChange.forgotten(name, id: LedgerID(rawValue: row.integer("forgetting"))) : .known(name)
      )
    }
    lastComponent = new.last?.id ?? lastComponent
    lastChange = changes.last?.id ?? lastChange
    return new.map(\.change) + changes.map(\.change)
  }
}
