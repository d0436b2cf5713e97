import Healing

/// Finds runs that ended without closing the ledger, and marks their unfinished recoveries interrupted. Nothing
/// is run again.
enum CrashRecovery {
  /// Returns the dead runs: their rows have no end, and their locks are free.
  static func deadRuns(besides process: Int64, lock: LedgerLock, _ connection: Connection)
    throws(SQLiteError) -> [(id: Int64, lastSeenAt: Timestamp)]
  {
    try ProcessTable.unended(besides: process, connection).filter { !lock.isAlive(process: $0.id) }.map {
      run in
      (run.id, max(run.lastWriteAt, lock.marks.mark(of: run.id)?.seenAt ?? run.lastWriteAt))
    }
  }

  /// Marks runs as interrupted at the time they were last seen alive. Call it in a transaction under the write
  /// lock.
  /// - Returns: the recoveries that were in progress, as interrupted. The caller writes them before it releases
  ///   the lock.
  static func mark(
    _ dead: [(id: Int64, lastSeenAt: Timestamp)], ids: LedgerIDGenerator, at now: Timestamp,
    _ connection: Connection
  ) throws(SQLiteError) -> [LedgerEntry] {
    for run in dead {
      try ProcessTable.end(process: run.id, .interrupted, at: run.lastSeenAt, connection)
    }
    return try connection.rows(
      """
      SELECT r.execution_id, c.name AS component, r.operation, r.action, r.error_id, r.started_at, r.process_id, p.ended_at,
        r.request_id, r.user_id
      FROM recovery_in_progress r
      JOIN component c ON c.id = r.component_id
      JOIN process p ON p.id = r.process_id
      WHERE p.ended_at IS NOT NULL ORDER BY r.execution_id
      """
    ) { row in
      let started = row.time("started_at")
      // The recovery ended with its process; the row's id has the time of this start.
      let ended = row.time("ended_at")
      return .recovery(
        RecoveryRecord(
          id: ids.next(), at: ended, component: row.component("component"), operation: row.text("operation"),
          executionID: row.id("execution_id"),
          errorID: row.optionalID("error_id"),
          action: RecoveryAction(code: row.integer("action")), outcome: .interrupted, attempts: 1,
          duration: max(.zero, ended - started),
          message: "process \(row.integer("process_id")) ended before the recovery did",
          requestID: row.optionalText("request_id"), userID: row.optionalText("user_id"),
          gaveUp: .processEnded))
    }
  }
}
