import Healing

/// Rows of `component`.
enum ComponentTable {
  /// A component by number, and the epoch its metrics are in.
  struct Known {
    let id: Int64
    var epoch: Int64
    /// Microseconds UTC.
    var epochStartedAt: Int64

    /// How late a row may come that belongs to the epoch before. Past it the time of day has been set back.
    private static let latestArrival: Int64 = 60_000_000

    /// The epoch of something that happened at a time.
    func epoch(at time: Int64) -> Int64 {
      epoch > 0 && time < epochStartedAt && time > epochStartedAt - Self.latestArrival ? epoch - 1 : epoch
    }
  }

  /// Finds a component, or adds it.
  static func resolve(_ name: ComponentName, at now: Timestamp, _ connection: Connection)
    throws(SQLiteError) -> Known
  {
    let find = try connection.cached("SELECT id, epoch, epoch_started_at FROM component WHERE name = ?")
    find.bind(1, name.text)
    defer { find.reset() }
    if try find.step() {
      return Known(
        id: find.row.integer(0), epoch: find.row.integer(1), epochStartedAt: find.row.integer(2))
    }
    let add = try connection.cached(
      "INSERT INTO component (name, registered_at, epoch_started_at) VALUES (?1, ?2, ?2) RETURNING id")
    defer { add.reset() }
    add.bind(1, name.text)
    add.bind(2, now.microseconds)
    _ = try add.step()
    return Known(id: add.row.integer(0), epoch: 0, epochStartedAt: now.microseconds)
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
