import Healing

/// Rows of `component`.
enum ComponentTable {
  /// Finds a component, or adds it.
  static func resolve(_ name: ComponentName, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> (id: Int64, epoch: Int64)
  {
    let find = try connection.cached("SELECT id, epoch FROM component WHERE name = ?")
    find.bind(1, name.text)
    defer { find.reset() }
    if try find.step() { return (find.row.integer(0), find.row.integer(1)) }
    let add = try connection.cached(
      "INSERT INTO component (name, registered_at, epoch_started_at) VALUES (?1, ?2, ?2) RETURNING id")
    defer { add.reset() }
    add.bind(1, name.text)
    add.bind(2, now.microseconds)
    _ = try add.step()
    return (add.row.integer(0), 0)
  }

  /// Starts a new epoch of a component's metrics.
  static func startEpoch(component: Int64, at now: Timestamp, _ connection: Connection) throws(SQLiteError)
    -> Int64
  {
    let update = try connection.cached(
      "UPDATE component SET epoch = epoch + 1, epoch_started_at = ? WHERE id = ? RETURNING epoch")
    defer { update.reset() }
    update.bind(1, now.microseconds)
    update.bind(2, component)
    return try update.step() ? update.row.integer(0) : 0
  }
}
