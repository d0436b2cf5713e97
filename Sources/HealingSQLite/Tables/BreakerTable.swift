import Healing

/// Rows of `breaker` and of `breaker_transition`.
enum BreakerTable {
  /// Writes the parts of a breaker that are later than in the file. State with counts is one part, the override
  /// another. So changes of two processes to different parts are both kept, and of two changes to one part the
  /// later is kept.
  /// - Parameter hasMoved: whether the breaker changed state, or an operator forced, released or reset it; if
  ///   not, only counts are written.
  static func write(_ breaker: BreakerSnapshot, hasMoved: Bool, _ context: WriteContext) throws(SQLiteError) {
    try writeState(breaker, hasMoved: hasMoved, context)
    if hasMoved { try writeOverride(breaker, context) }
  }

  /// Writes state and counts. Counts alone never replace another state than the one in which they were counted.
  private static func writeState(_ breaker: BreakerSnapshot, hasMoved: Bool, _ context: WriteContext)
    throws(SQLiteError)
  {
    let row = try context.connection.cached(
      """
      INSERT INTO breaker (component_id, version, state, failure_count, success_count, consecutive_trips,
        probe_rounds, tripped_at, open_until_at, open_for_us, trip_error_id, last_failure_at, updated_at,
        process_id, window_calls, window_failures, window_slow_calls, state_version, moved_position,
        override, override_actor, override_reason, override_expires_at, override_for_us, override_version)
      VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0, ?19, ?20, ?21,
        ?22, ?23, ?24)
      ON CONFLICT (component_id) DO UPDATE SET version = \(sound("version")) + 1, state = ?2, failure_count = ?3,
        success_count = ?4, consecutive_trips = ?5, probe_rounds = ?6, tripped_at = ?7, open_until_at = ?8,
        open_for_us = ?9, trip_error_id = ?10, last_failure_at = ?11, updated_at = ?12, process_id = ?13,
        window_calls = ?14, window_failures = ?15, window_slow_calls = ?16,
        state_version = iif(?25, \(sound("state_version")) + 1, ?17)
      WHERE ?25 OR ?18 AND ?17 > \(sound("state_version")) OR ?17 = \(sound("state_version")) AND state = ?2
      """)
    row.bind(1, context.componentID(breaker.component))
    row.bind(2, breaker.state.code)
    row.bind(3, breaker.failureCount)
    row.bind(4, breaker.successCount)
    row.bind(5, breaker.consecutiveTrips)
    row.bind(6, breaker.probeRounds)
    row.bind(7, breaker.trippedAt?.microseconds)
    row.bind(8, breaker.openUntil?.microseconds)
    row.bind(9, breaker.openFor?.microseconds)
    row.bind(10, breaker.tripErrorID?.rawValue)
    row.bind(11, breaker.lastFailureAt?.microseconds)
    row.bind(12, breaker.updatedAt.microseconds)
    row.bind(13, context.process)
    row.bind(14, breaker.windowCalls)
    row.bind(15, breaker.windowFailures)
    row.bind(16, breaker.windowSlowCalls)
    row.bind(17, breaker.stateVersion)
    row.bind(18, hasMoved)
    bindOverride(breaker, of: row, from: 19)
    // An entry recorded without versions counts as later than any version.
    row.bind(25, hasMoved && breaker.stateVersion == 0 && breaker.overrideVersion == 0)
    try row.runAndReset()
  }

  /// Returns a version column as SQL; a damaged version counts as 0, as for readers. See ``version(_:_:)``.
  private static func sound(_ column: String) -> String {
    "iif(breaker.\(column) BETWEEN 0 AND \(LedgerIDGenerator.limit.rawValue - 1), breaker.\(column), 0)"
  }

  /// Binds kind, actor, reason, expiry, length and version.
  private static func bindOverride(_ breaker: BreakerSnapshot, of row: Statement, from position: Int32) {
    row.bind(position, breaker.override?.kind.rawValue)
    row.bind(position + 1, breaker.override?.actor)
    row.bind(position + 2, breaker.override?.reason)
    row.bind(position + 3, breaker.override?.expiresAt?.microseconds)
    row.bind(position + 4, breaker.override?.holdsFor?.microseconds)
    row.bind(position + 5, breaker.overrideVersion)
  }

  private static func writeOverride(_ breaker: BreakerSnapshot, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      UPDATE breaker SET version = \(sound("version")) + 1, process_id = ?2, override = ?3, override_actor = ?4,
        override_reason = ?5, override_expires_at = ?6, override_for_us = ?7,
        override_version = iif(?9, \(sound("override_version")) + 1, ?8)
      WHERE component_id = ?1 AND (?8 > \(sound("override_version"))
        OR ?9 AND (override IS NOT ?3 OR override_expires_at IS NOT ?6))
      """)
    row.bind(1, context.componentID(breaker.component))
    row.bind(2, context.process)
    bindOverride(breaker, of: row, from: 3)
    row.bind(9, breaker.override != nil && breaker.overrideVersion == 0)
    try row.runAndReset()
    let moved = try context.connection.cached("UPDATE breaker SET moved_position = ? WHERE component_id = ?")
    moved.bind(1, try FeedTable.lastPosition(context.connection))
    moved.bind(2, context.componentID(breaker.component))
    try moved.runAndReset()
  }

  /// - Returns: false when a row with this id exists: a transition recorded twice is written once.
  static func insert(_ transition: BreakerTransitionRecord, _ context: WriteContext) throws(SQLiteError)
    -> Bool
  {
    let row = try context.connection.cached(
      """
      INSERT INTO breaker_transition (id, at, component_id, process_id, from_state, to_state, reason,
        failure_count, consecutive_trips, open_until_at, error_id, actor, note)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, transition.id.rawValue)
    row.bind(2, transition.at.microseconds)
    row.bind(3, context.componentID(transition.component))
    row.bind(4, context.process)
    row.bind(5, transition.from.code)
    row.bind(6, transition.to.code)
    row.bind(7, transition.reason)
    row.bind(8, transition.failureCount)
    row.bind(9, transition.consecutiveTrips)
    row.bind(10, transition.openUntil?.microseconds)
    row.bind(11, transition.errorID?.rawValue)
    row.bind(12, transition.actor)
    row.bind(13, transition.note)
    try row.runAndReset()
    return context.connection.changes > 0
  }

  static let selectTransitions = """
    SELECT t.id, t.at, c.name AS component, t.from_state, t.to_state, t.reason, t.failure_count, t.consecutive_trips,
      t.open_until_at, t.error_id, t.actor, t.note
    FROM breaker_transition t JOIN component c ON c.id = t.component_id
    """

  static func decodeTransition(_ row: Row) -> BreakerTransitionRecord {
    BreakerTransitionRecord(
      id: row.id("id"), at: row.time("at"),
      component: row.component("component"), from: CircuitState(code: row.integer("from_state")),
      to: CircuitState(code: row.integer("to_state")), reason: row.text("reason"),
      failureCount: row.number("failure_count"),
      consecutiveTrips: row.number("consecutive_trips"),
      openUntil: row.optionalTime("open_until_at"),
      errorID: row.optionalID("error_id"), actor: row.optionalText("actor"),
      note: row.optionalText("note"))
  }

  /// Columns that later migrations have added, and their substitutes in a ledger without these migrations.
  private static let added = [
    "window_calls": "0", "window_failures": "0", "window_slow_calls": "0", "state_version": "0",
    "override_version": "0", "override_for_us": "NULL",
  ]

  private static func select(missing: [String: String] = [:], where condition: String) -> String {
    func column(_ name: String) -> String { missing[name].map { "\($0) AS \(name)" } ?? "b.\(name)" }
    return """
      SELECT c.name AS component, b.state, b.failure_count, b.success_count, b.consecutive_trips, b.probe_rounds,
        b.tripped_at, b.open_until_at, b.open_for_us, b.trip_error_id, b.last_failure_at, b.override, b.override_actor,
        b.override_reason, b.override_expires_at, b.updated_at, \(column("window_calls")),
        \(column("window_failures")), \(column("window_slow_calls")), \(column("state_version")),
        \(column("override_version")), \(column("override_for_us"))
      FROM breaker b JOIN component c ON c.id = b.component_id AND \(condition)
      """
  }

  /// Selects the breakers that have moved at or after a position of the feed.
  static let selectMoved = select(where: ComponentTable.isKnown) + " WHERE b.moved_position >= ?"

  /// Returns all breakers, by component name.
  static func all(_ connection: Connection) throws(SQLiteError) -> [BreakerSnapshot] {
    try connection.rows(select(connection) + " ORDER BY c.name") { decode($0) }
  }

  /// Returns the breakers that are not closed or have an override.
  static func unusual(_ connection: Connection) throws(SQLiteError) -> [BreakerSnapshot] {
    try connection.rows(select(connection) + " WHERE b.state <> 0 OR b.override IS NOT NULL") { decode($0) }
  }

  /// Returns the components with a breaker.
  static func names(_ connection: Connection) throws(SQLiteError) -> Set<ComponentName> {
    let known = try ComponentTable.isKnown(connection)
    return Set(
      try connection.rows(
        "SELECT c.name FROM breaker b JOIN component c ON c.id = b.component_id AND \(known)"
      ) {
        $0.component("name")
      })
  }

  /// Returns the breaker of a component.
  static func find(_ component: ComponentName, _ connection: Connection) throws(SQLiteError)
    -> BreakerSnapshot?
  {
    try connection.rows(
      select(connection) + " WHERE c.name = ?", bind: { $0.bind(1, component.text) }, decode
    ).first
  }

  /// Returns the select statement; also works on a ledger without the last migrations.
  private static func select(_ connection: Connection) throws(SQLiteError) -> String {
    let present = Set(
      try connection.rows("SELECT name FROM pragma_table_info('breaker')") { $0.text("name") })
    return select(
      missing: added.filter { !present.contains($0.key) }, where: try ComponentTable.isKnown(connection))
  }

  /// The upper bound of ``CircuitBreakerOptions/maxOpenDuration``.
  private static let longestWait = Duration.seconds(86_400)

  static func decode(_ row: Row) -> BreakerSnapshot {
    var breaker = BreakerSnapshot(
      component: row.component("component"), updatedAt: row.time("updated_at"))
    breaker.state = CircuitState(code: row.integer("state"))
    breaker.failureCount = row.number("failure_count")
    breaker.successCount = row.number("success_count")
    breaker.consecutiveTrips = row.number("consecutive_trips")
    breaker.probeRounds = row.number("probe_rounds")
    breaker.trippedAt = row.optionalTime("tripped_at")
    breaker.openUntil = row.optionalTime("open_until_at")
    breaker.openFor = row.optionalDuration("open_for_us").map { min($0, longestWait) }
    breaker.tripErrorID = row.optionalID("trip_error_id")
    breaker.lastFailureAt = row.optionalTime("last_failure_at")
    breaker.override = row.optionalText("override").flatMap(CircuitOverride.Kind.init(rawValue:)).map {
      kind in
      CircuitOverride(
        kind: kind, actor: row.text("override_actor"), reason: row.text("override_reason"),
        expiresAt: row.optionalTime("override_expires_at"))
    }
    breaker.override?.holdsFor = row.optionalDuration("override_for_us")
    breaker.stateVersion = version(row, "state_version")
    breaker.overrideVersion = version(row, "override_version")
    breaker.windowCalls = row.number("window_calls")
    breaker.windowFailures = row.number("window_failures")
    breaker.windowSlowCalls = row.number("window_slow_calls")
    return breaker
  }

  /// Returns a version; 0 when the stored number is not an id.
  private static func version(_ row: Row, _ column: Row.Column) -> Int64 {
    let version = row.integer(column)
    return (0..<LedgerIDGenerator.limit.rawValue).contains(version) ? version : 0
  }
}
