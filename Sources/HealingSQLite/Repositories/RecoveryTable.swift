import Healing

/// Rows of `recovery` and of `recovery_in_progress`.
enum RecoveryTable {
  /// - Returns: false when a row with this id exists: a recovery recorded twice is written once.
  static func insert(_ recovery: RecoveryRecord, _ context: WriteContext) throws(SQLiteError) -> Bool {
    let row = try context.connection.cached(
      """
      INSERT INTO recovery (id, at, component_id, process_id, operation, execution_id, error_id, action, success,
        outcome, attempts, duration_us, message, metadata, occurrences, request_id, user_id, gave_up)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, recovery.id.rawValue)
    row.bind(2, recovery.at.microseconds)
    row.bind(3, context.componentID(recovery.component))
    row.bind(4, context.process)
    row.bind(5, recovery.operation)
    row.bind(6, recovery.executionID?.rawValue)
    row.bind(7, recovery.errorID?.rawValue)
    row.bind(8, recovery.action.code)
    row.bind(9, recovery.success)
    row.bind(10, recovery.outcome.rawValue)
    row.bind(11, max(0, recovery.attempts))
    row.bind(12, recovery.duration.microseconds)
    row.bind(13, recovery.message)
    row.bind(14, StoredJSON.text(recovery.metadata))
    row.bind(15, max(1, recovery.occurrences))
    row.bind(16, recovery.requestID)
    row.bind(17, recovery.userID)
    row.bind(18, recovery.gaveUp?.rawValue)
    try row.runAndReset()
    return context.connection.changes > 0
  }

  static func insert(_ start: RecoveryStart, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      INSERT OR REPLACE INTO recovery_in_progress
        (execution_id, component_id, process_id, operation, action, error_id, started_at, request_id, user_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    row.bind(1, start.executionID.rawValue)
    row.bind(2, context.componentID(start.component))
    row.bind(3, context.process)
    row.bind(4, start.operation)
    row.bind(5, start.action.code)
    row.bind(6, start.errorID?.rawValue)
    row.bind(7, start.at.microseconds)
    row.bind(8, start.requestID)
    row.bind(9, start.userID)
    try row.runAndReset()
  }

  static func finish(execution: LedgerID, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached("DELETE FROM recovery_in_progress WHERE execution_id = ?")
    row.bind(1, execution.rawValue)
    try row.runAndReset()
  }

  /// Selects the columns of `recent_recoveries.sql`.
  static let select = """
    SELECT r.id, r.at, c.name, r.operation, r.execution_id, r.error_id, a.name, r.success, r.outcome, r.attempts,
      r.duration_us / 1000.0, r.message, r.metadata, r.occurrences, r.request_id, r.user_id, r.gave_up
    FROM recovery r JOIN component c ON c.id = r.component_id JOIN recovery_action a ON a.id = r.action
    """

  /// Decodes the columns of `recent_recoveries.sql`.
  static func decode(_ row: Row) -> RecoveryRecord {
    RecoveryRecord(
      id: row.id(0), at: row.time(1),
      component: row.component(2), operation: row.text(3),
      executionID: row.optionalID(4),
      errorID: row.optionalID(5),
      action: RecoveryAction(rawValue: row.text(6)) ?? RecoveryAction.unknownCode,
      outcome: RecoveryRecord.Outcome(rawValue: row.text(8)) ?? .failed, attempts: row.number(9),
      duration: row.duration(milliseconds: 10), message: row.text(11),
      metadata: StoredJSON.dictionary(row.optionalText(12)), occurrences: row.number(13),
      requestID: row.optionalText(14), userID: row.optionalText(15),
      gaveUp: row.optionalText(16).flatMap(RecoveryRecord.GaveUp.init(rawValue:)))
  }
}
