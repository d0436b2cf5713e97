import HealingLedger
import Healing

/// Rows of `component`, `forgotten_component` and `component_change`.
enum ComponentTable {
  /// Selects the columns that ``decode(_:)`` reads.
  static let select =
    "SELECT c.name AS component, c.registered_at, c.epoch, c.epoch_started_at FROM component c"

  static func decode(_ row: Row) -> ComponentRecord {
    ComponentRecord(
      name: row.component("component"), registeredAt: row.time("registered_at"), epoch: row.count("epoch"),
      epochStartedAt: row.time("epoch_started_at"))
  }

  /// Finds a component, or inserts it.
  static func resolve(_ name: ComponentName, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> KnownComponent
  {
    if let known = try find(name, connection) { return known }
    let id = try connection.integer(
      "INSERT INTO component (name, registered_at, epoch_started_at) VALUES (?1, ?2, ?2) RETURNING id"
    ) {
      $0.bind(1, name.text)
      $0.bind(2, now.microseconds)
    }
    return KnownComponent(id: id ?? 0, epoch: 0, epochStartedAt: now.microseconds)
  }

  /// Finds a component in the file, forgotten or not.
  static func find(_ name: ComponentName, _ connection: Connection) throws(SQLiteError) -> KnownComponent? {
    try connection.rows(
      """
      SELECT id, epoch, epoch_started_at,
        id IN (SELECT component_id FROM forgotten_component) AS is_forgotten
      FROM component WHERE name = ?
      """
    ) {
      $0.bind(1, name.text)
    } _: {
      KnownComponent(
        id: $0.integer("id"), epoch: $0.integer("epoch"),
        epochStartedAt: $0.time("epoch_started_at").microseconds,
        isForgotten: $0.bool("is_forgotten"))
    }.first
  }

  /// Starts a new epoch of a component's metrics. An epoch out of range is damaged and has no successor: the
  /// epochs then start again from 0.
  /// - Parameter count: number of resets, the last of which was at `now`.
  static func startEpoch(
    of component: inout KnownComponent, count: Int64 = 1, at now: Timestamp, _ connection: Connection
  ) throws(SQLiteError) {
    let epoch = try connection.integer(
      """
      UPDATE component
      SET epoch = iif(epoch BETWEEN 0 AND \(CallCounts.largestCount), CAST(epoch AS INTEGER), 0) + ?3,
        epoch_started_at = ?1
      WHERE id = ?2 RETURNING epoch
      """
    ) {
      $0.bind(1, now.microseconds)
      $0.bind(2, component.id)
      $0.bind(3, count)
    }
    if let epoch { component.epoch = epoch }
    component.epochStartedAt = now.microseconds
  }

  // MARK: Forgetting

  /// Removes all rows of a component except its history and its totals.
  static func forget(
    _ component: inout KnownComponent, id: LedgerID, at now: Timestamp, by actor: String?, process: Int64,
    _ connection: Connection
  ) throws(SQLiteError) {
    try startEpoch(of: &component, at: now, connection)
    let row = try connection.cached(
      "INSERT INTO forgotten_component (component_id, forgotten_at) VALUES (?, ?) ON CONFLICT DO NOTHING")
    row.bind(1, component.id)
    row.bind(2, now.microseconds)
    try row.runAndReset()
    try delete(component, from: ["breaker", "health_window", "health_window_detail"], connection)
    try append("forgotten", id: id, component, at: now, by: actor, process: process, connection)
    component.isForgotten = true
  }

  /// Makes a component known again.
  static func makeKnown(
    _ component: inout KnownComponent, at now: Timestamp, process: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    // Also deletes rows that were written late, or by a program that does not know of forgotten components.
    try delete(
      component, from: ["forgotten_component", "breaker", "health_window", "health_window_detail"], connection
    )
    try append("known_again", id: nil, component, at: now, by: nil, process: process, connection)
    component.isForgotten = false
  }

  private static func delete(_ component: KnownComponent, from tables: [String], _ connection: Connection)
    throws(SQLiteError)
  {
    for table in tables {
      let delete = try connection.cached("DELETE FROM \(table) WHERE component_id = ?")
      delete.bind(1, component.id)
      try delete.runAndReset()
    }
  }

  private static func append(
    _ kind: String, id: LedgerID?, _ component: KnownComponent, at now: Timestamp, by actor: String?,
    process: Int64,
    _ connection: Connection
  ) throws(SQLiteError) {
    let row = try connection.cached(
      """
      INSERT INTO component_change (at, component_id, process_id, kind, actor, forgetting)
      VALUES (?, ?, ?, ?, ?, ?)
      """)
    row.bind(1, now.microseconds)
    row.bind(2, component.id)
    row.bind(3, process)
    row.bind(4, kind)
    row.bind(5, actor)
    row.bind(6, id?.rawValue)
    try row.runAndReset()
  }

  /// A condition that restricts a query with `component` as `c` to components that are not forgotten.
  static let isKnown = "c.id NOT IN (SELECT component_id FROM forgotten_component)"

  /// Returns the same condition for a ledger that may lack migration 4.
  static func isKnown(_ connection: Connection) throws(SQLiteError) -> String {
    let table = try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'forgotten_component'")
    return table == nil ? "true" : isKnown
  }
}
