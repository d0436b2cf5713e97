package import Healing

/// A range of time whose rows retention keeps.
package struct Pin: Sendable, Hashable {
  package let id: Int64
  package let pinnedAt: Timestamp
  package let since: Timestamp
  package let until: Timestamp
  /// `nil` for all components.
  package let component: ComponentName?
  package let reason: String
  package let actor: String
}

/// Rows of `pin`.
enum PinTable {
  /// - Returns: number of the pin.
  static func insert(
    _ range: Range<Timestamp>, component: ComponentName?, reason: String, actor: String, at now: Timestamp,
    _ connection: Connection
  ) throws(SQLiteError) -> Int64 {
    try connection.integer(
      """
      INSERT INTO pin (at, since_at, until_at, component_id, reason, actor)
      VALUES (?1, ?2, ?3, (SELECT id FROM component WHERE name = ?4), ?5, ?6) RETURNING id
      """
    ) {
      $0.bind(1, now.microseconds)
      $0.bind(2, range.lowerBound.microseconds)
      $0.bind(3, range.upperBound.microseconds)
      $0.bind(4, component?.text)
      $0.bind(5, reason)
      $0.bind(6, actor)
    } ?? 0
  }

  /// - Returns: false when no pin with this number holds.
  static func remove(_ id: Int64, actor: String, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> Bool
  {
    let update = try connection.cached(
      "UPDATE pin SET removed_at = ?1, removed_by = ?2 WHERE id = ?3 AND removed_at IS NULL")
    update.bind(1, now.microseconds)
    update.bind(2, actor)
    update.bind(3, id)
    try update.runAndReset()
    return connection.changes > 0
  }

  /// Returns the pins that hold, by number.
  static func all(_ connection: Connection) throws(SQLiteError) -> [Pin] {
    try connection.rows(
      """
      SELECT p.id, p.at, p.since_at, p.until_at, c.name AS component, p.reason, p.actor
      FROM pin p LEFT JOIN component c ON c.id = p.component_id WHERE p.removed_at IS NULL ORDER BY p.id
      """
    ) { row in
      Pin(
        id: row.integer("id"), pinnedAt: row.time("at"), since: row.time("since_at"),
        until: row.time("until_at"),
        component: row.isNull("component") ? nil : row.component("component"), reason: row.text("reason"),
        actor: row.text("actor"))
    }
  }
}
