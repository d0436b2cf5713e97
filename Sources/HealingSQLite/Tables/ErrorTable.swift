import Healing

/// Rows of `error`.
enum ErrorTable {
  /// The caller adds the row to the sums: `grouped` says so to the trigger that counts all other rows.
  /// - Returns: false when a row with this id exists: an error recorded twice is written once.
  static func insert(_ error: ErrorContext, _ context: WriteContext) throws(SQLiteError) -> Bool {
    let row = try context.connection.cached(
      """
      INSERT INTO error (id, at, component_id, process_id, operation, execution_id, attempt, category, severity,
        transient, type, message, fingerprint, rule, retry_after_us, request_id, user_id, metadata, occurrences,
        cause_id, parent_execution_id, grouped)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, error.id.rawValue)
    row.bind(2, error.at.microseconds)
    row.bind(3, context.componentID(error.component))
    row.bind(4, context.process)
    row.bind(5, error.operation)
    row.bind(6, error.executionID?.rawValue)
    row.bind(7, max(1, error.attempt))
    row.bind(8, error.category.code)
    row.bind(9, error.severity.code)
    row.bind(10, error.classification.isTransient)
    row.bind(11, error.type)
    row.bind(12, error.message)
    row.bind(13, error.fingerprint.text)
    row.bind(14, error.classification.rule)
    row.bind(15, error.classification.retryAfter?.microseconds)
    row.bind(16, error.requestID)
    row.bind(17, error.userID)
    row.bind(18, StoredJSON.text(error.metadata))
    row.bind(19, max(1, error.occurrences))
    row.bind(20, error.causeID?.rawValue)
    row.bind(21, error.parentExecutionID?.rawValue)
    try row.runAndReset()
    return context.connection.changes > 0
  }

  static let select = """
    SELECT e.id, e.at, c.name AS component, e.operation, e.execution_id, e.attempt, e.category, e.severity,
      e.transient, e.type, e.message, e.fingerprint, e.rule, e.retry_after_us, e.request_id, e.user_id, e.metadata, e.occurrences,
      e.cause_id, e.parent_execution_id
    FROM error e JOIN component c ON c.id = e.component_id
    """

  static func decode(_ row: Row) -> ErrorContext {
    ErrorContext(
      id: row.id("id"), at: row.time("at"),
      component: row.component("component"), operation: row.text("operation"),
      executionID: row.optionalID("execution_id"), attempt: row.number("attempt"),
      classification: ErrorClassification(
        category: ErrorCategory(code: row.integer("category")),
        severity: ErrorSeverity(code: row.integer("severity")),
        isTransient: row.bool("transient"), rule: row.text("rule"),
        retryAfter: row.optionalDuration("retry_after_us")),
      type: row.text("type"), message: row.text("message"),
      fingerprint: Fingerprint(text: row.text("fingerprint")),
      requestID: row.optionalText("request_id"), userID: row.optionalText("user_id"),
      metadata: StoredJSON.dictionary(row.optionalText("metadata")), occurrences: row.number("occurrences"),
      causeID: row.optionalID("cause_id"), parentExecutionID: row.optionalID("parent_execution_id"))
  }
}
