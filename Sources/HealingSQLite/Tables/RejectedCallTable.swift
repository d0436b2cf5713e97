import Healing

/// Rows of `rejected_call`.
enum RejectedCallTable {
  static func insert(_ call: RejectedCall, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      INSERT INTO rejected_call (id, at, component_id, process_id, operation, reason, execution_id, error_id,
        request_id, user_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, call.id.rawValue)
    row.bind(2, call.at.microseconds)
    row.bind(3, context.componentID(call.component))
    row.bind(4, context.process)
    row.bind(5, call.operation)
    row.bind(6, call.reason.code)
    row.bind(7, call.executionID?.rawValue)
    row.bind(8, call.errorID?.rawValue)
    row.bind(9, call.requestID)
    row.bind(10, call.userID)
    try row.runAndReset()
  }

  static let select = """
    SELECT r.id, r.at, c.name AS component, r.operation, r.reason, r.execution_id, r.error_id, r.request_id,
      r.user_id
    FROM rejected_call r JOIN component c ON c.id = r.component_id
    """

  static func decode(_ row: Row) -> RejectedCall {
    RejectedCall(
      id: row.id("id"), at: row.time("at"), component: row.component("component"),
      operation: row.text("operation"),
      reason: RejectionReason(code: row.integer("reason")), executionID: row.optionalID("execution_id"),
      errorID: row.optionalID("error_id"),
      requestID: row.optionalText("request_id"), userID: row.optionalText("user_id"))
  }
}
