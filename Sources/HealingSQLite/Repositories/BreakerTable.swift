import Healing

/// Rows of `breaker` and of `breaker_transition`.
enum BreakerTable {
  /// - Parameter hasMoved: whether the breaker changed state or an operator spoke. Mere counts never replace the
  ///   state that another process has moved the breaker to meanwhile.
  static func upsert(_ breaker: BreakerSnapshot, hasMoved: Bool, _ context: WriteContext) throws(SQLiteError)
  {
    let row = try context.connection.cached(
      """
      INSERT INTO breaker (component_id, version, state, failure_count, success_count, consecutive_trips,
        probe_rounds, tripped_at, open_until_at, open_for_us, trip_error_id, last_failure_at, override,
        override_actor, override_reason, override_expires_at, updated_at, process_id, window_calls,
        window_failures, window_slow_calls)
      VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?19, ?20, ?21)
      ON CONFLICT (component_id) DO UPDATE SET version = version + 1, state = ?2, failure_count = ?3,
        success_count = ?4, consecutive_trips = ?5, probe_rounds = ?6, tripped_at = ?7, open_until_at = ?8,
        open_for_us = ?9, trip_error_id = ?10, last_failure_at = ?11, override = ?12, override_actor = ?13,
        override_reason = ?14, override_expires_at = ?15, updated_at = ?16, process_id = ?17,
        window_calls = ?19, window_failures = ?20, window_slow_calls = ?21
      WHERE ?18 OR process_id = ?17 OR (state = ?2 AND override IS ?12)
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
    row.bind(12, breaker.override?.kind.rawValue)
    row.bind(13, breaker.override?.actor)
    row.bind(14, breaker.override?.reason)
    row.bind(15, breaker.override?.expiresAt?.microseconds)
    row.bind(16, breaker.updatedAt.microseconds)
    row.bind(17, context.process)
    row.bind(18, hasMoved)
    row.bind(19, breaker.windowCalls)
    row.bind(20, breaker.windowFailures)
    row.bind(21, breaker.windowSlowCalls)
    try row.runAndReset()
  }

  /// - Returns: whether it was not there already: an id names a row, and recorded twice it is written once.
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
    SELECT t.id, t.at, c.name, t.from_state, t.to_state, t.reason, t.failure_count, t.consecutive_trips,
      t.open_until_at, t.error_id, t.actor, t.note
    FROM breaker_transition t JOIN component c ON c.id = t.component_id
    """

  static func decodeTransition(_ row: Row) -> BreakerTransitionRecord {
    BreakerTransitionRecord(
      id: row.id(0), at: row.time(1),
      component: row.component(2), from: CircuitState(code: row.integer(3)),
      to: CircuitState(code: row.integer(4)), reason: row.text(5), failureCount: row.number(6),
      consecutiveTrips: row.number(7),
      openUntil: row.optionalTime(8),
      errorID: row.optionalID(9), actor: row.optionalText(10),
      note: row.optionalText(11))
  }

  private static func columns(window: String, where condition: String) -> String {
    """
    SELECT c.name, b.state, b.failure_count, b.success_count, b.consecutive_trips, b.probe_rounds, b.tripped_at,
      b.open_until_at, b.open_for_us, b.trip_error_id, b.last_failure_at, b.override, b.override_actor,
      b.override_reason, b.override_expires_at, b.updated_at, \(window), b.version
    FROM breaker b JOIN component c ON c.id = b.component_id AND \(condition)
    """
  }
  private static let window = "b.window_calls, b.window_failures, b.window_slow_calls"
  /// Those that another process wrote last; the version follows the columns that ``decode(_:)`` reads.
  static let selectOthers =
    columns(window: window, where: ComponentTable.isKnown) + " WHERE b.process_id <> ?"

  /// All of them, by name.
  static func all(_ connection: Connection) throws(SQLiteError) -> [BreakerSnapshot] {
    try connection.rows(select(connection) + " ORDER BY c.name") { decode($0) }
  }

  /// The one of a component.
  static func find(_ component: ComponentName, _ connection: Connection) throws(SQLiteError) -> BreakerSnapshot? {
    try connection.rows(select(connection) + " WHERE c.name = ?", bind: { $0.bind(1, component.text) }, decode).first
  }

  /// Also of a ledger that no program has brought to migration 3 yet.
  private static func select(_ connection: Connection) throws(SQLiteError) -> String {
    let hasWindow = try connection.integer(
      "SELECT 1 FROM pragma_table_info('breaker') WHERE name = 'window_calls'")
    return columns(
      window: hasWindow == nil ? "0, 0, 0" : window, where: try ComponentTable.isKnown(connection))
  }

  /// The upper bound of ``CircuitBreakerOptions/maxOpenDuration``.
  private static let longestWait = Duration.seconds(86_400)

  static func decode(_ row: Row) -> BreakerSnapshot {
    var breaker = BreakerSnapshot(
      component: row.component(0), updatedAt: row.time(15))
    breaker.state = CircuitState(code: row.integer(1))
    breaker.failureCount = row.number(2)
    breaker.successCount = row.number(3)
    breaker.consecutiveTrips = row.number(4)
    breaker.probeRounds = row.number(5)
    breaker.trippedAt = row.optionalTime(6)
    breaker.openUntil = row.optionalTime(7)
    breaker.openFor = row.optionalDuration(8).map { min($0, longestWait) }
    breaker.tripErrorID = row.optionalID(9)
    breaker.lastFailureAt = row.optionalTime(10)
    breaker.override = row.optionalText(11).flatMap(CircuitOverride.Kind.init(rawValue:)).map { kind in
      CircuitOverride(
        kind: kind, actor: row.text(12), reason: row.text(13),
        expiresAt: row.optionalTime(14))
    }
    breaker.windowCalls = row.number(16)
    breaker.windowFailures = row.number(17)
    breaker.windowSlowCalls = row.number(18)
    return breaker
  }
}
