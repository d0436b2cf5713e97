import Healing

/// Rows of `recovery` and of `recovery_in_progress`.
enum RecoveryTable {
  /// - Returns: false when a row with this id exists: a recovery recorded twice is written once.
  static func insert(_ recovery: RecoveryRecord, _ context: WriteContext) throws(SQLiteError) -> Bool {
    let row = try context.connection.cached(
      """
      INSERT INTO recovery (id, at, component_id, process_id, operation, execution_id, error_id, action, success,
        outcome, attempts, duration_us, message, metadata, occurrences, request_id, user_id, gave_up,
        parent_execution_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
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
    row.bind(19, recovery.parentExecutionID?.rawValue)
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

  /// Selects the columns that ``decode(_:)`` reads.
  static let select = """
    SELECT r.id, r.at, c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action, r.outcome,
      r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences, r.request_id, r.user_id,
      r.gave_up, r.parent_execution_id
    FROM recovery r JOIN component c ON c.id = r.component_id JOIN recovery_action a ON a.id = r.action
    """

  /// Decodes a row of ``select`` or of `recent_recoveries.sql`.
  static func decode(_ row: Row) -> RecoveryRecord {
    RecoveryRecord(
      id: row.id("id"), at: row.time("at"),
      component: row.component("component"), operation: row.text("operation"),
      executionID: row.optionalID("execution_id"),
      errorID: row.optionalID("error_id"),
      action: RecoveryAction(rawValue: row.text("action")) ?? RecoveryAction.unknownCode,
      outcome: RecoveryRecord.Outcome(rawValue: row.text("outcome")) ?? .failed,
      attempts: row.number("attempts"),
      duration: row.duration(milliseconds: "duration_ms"), message: row.text("message"),
      metadata: StoredJSON.dictionary(row.optionalText("metadata")), occurrences: row.number("occurrences"),
      requestID: row.optionalText("request_id"), userID: row.optionalText("user_id"),
      gaveUp: row.optionalText("gave_up").flatMap(RecoveryRecord.GaveUp.init(rawValue:)),
      parentExecutionID: row.optionalID("parent_execution_id"))
  }
}
