import Healing

/// Rows of `policy` and `policy_change`.
enum PolicyTable {
  static func insert(_ change: PolicyChange, _ context: WriteContext) throws(SQLiteError) {
    let text = try context.connection.cached(
      "INSERT INTO policy (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING")
    text.bind(1, change.text.hash)
    text.bind(2, change.text.json)
    try text.runAndReset()
    let row = try context.connection.cached(
      "INSERT INTO policy_change (at, component_id, process_id, hash, source) VALUES (?, ?, ?, ?, ?)")
    row.bind(1, change.at.microseconds)
    row.bind(2, context.componentID(change.component))
    row.bind(3, context.process)
    row.bind(4, change.text.hash)
    row.bind(5, change.source.rawValue)
    try row.runAndReset()
  }

  static let select = """
    SELECT x.id, x.at, c.name AS component, x.hash, x.source, x.process_id
    FROM policy_change x JOIN component c ON c.id = x.component_id
    """

  /// Runs a query of ``select``. Rows of one policy share its text, because most components have the same
  /// policy.
  static func rows(
    _ sql: String, _ connection: Connection, bind: (Statement) -> Void = { _ in }
  ) throws(SQLiteError) -> [StoredPolicy] {
    var rows = try connection.rows(sql, bind: bind) { decode($0) }
    var texts: [String: String] = [:]
    for index in rows.indices {
      let hash = rows[index].json
      if texts[hash] == nil {
        texts[hash] =
          try connection.rows("SELECT json FROM policy WHERE hash = ?", bind: { $0.bind(1, hash) }) {
            $0.text("json")
          }.first
          ?? "{}"
      }
      rows[index].json = texts[hash] ?? "{}"
    }
    return rows
  }

  /// Selects the last row of each component and source, in order, with a few index lookups per component.
  static let latest = """
    \(select) WHERE x.id IN (
      SELECT (SELECT max(y.id) FROM policy_change y WHERE y.component_id = k.id AND y.source = s.source)
      FROM component k CROSS JOIN (
        SELECT 'default' AS source UNION ALL SELECT 'explicit' UNION ALL SELECT 'registered'
        UNION ALL SELECT 'forgotten') s)
    ORDER BY x.id
    """

  /// Ends the policies of a forgotten component.
  static func forget(component: Int64, at: Timestamp, process: Int64, _ connection: Connection)
    throws(SQLiteError)
  {
    let last = try connection.integer("SELECT 1 FROM policy_change WHERE component_id = ? LIMIT 1") {
      $0.bind(1, component)
    }
    guard last != nil else { return }
    let none = PolicyText(json: "{}")
    let text = try connection.cached("INSERT INTO policy (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING")
    text.bind(1, none.hash)
    text.bind(2, none.json)
    try text.runAndReset()
    let row = try connection.cached(
      "INSERT INTO policy_change (at, component_id, process_id, hash, source) VALUES (?, ?, ?, ?, 'forgotten')"
    )
    row.bind(1, at.microseconds)
    row.bind(2, component)
    row.bind(3, process)
    row.bind(4, none.hash)
    try row.runAndReset()
  }

  /// Decodes a row with the hash in place of the text.
  private static func decode(_ row: Row) -> StoredPolicy {
    StoredPolicy(
      id: row.integer("id"), at: row.time("at"), component: row.component("component"),
      json: row.text("hash"),
      source: PolicyChange.Source(rawValue: row.text("source")) ?? .explicit,
      process: row.integer("process_id"))
  }
}
