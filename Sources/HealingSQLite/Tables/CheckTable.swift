import Healing

/// Rows of `health_check`.
enum CheckTable {
  /// - Returns: false when a row with this id exists: a check recorded twice is written once.
  static func insert(_ check: HealthCheckRecord, _ context: WriteContext) throws(SQLiteError) -> Bool {
    let row = try context.connection.cached(
      """
      INSERT INTO health_check (id, at, component_id, process_id, status, previous_status, error_rate,
        total_requests, failed_requests, response_time_us, message, issues)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, check.id.rawValue)
    row.bind(2, check.at.microseconds)
    row.bind(3, context.componentID(check.component))
    row.bind(4, context.process)
    row.bind(5, check.status.code)
    row.bind(6, check.previousStatus?.code)
    row.bind(7, check.errorRate)
    row.bind(8, check.totalRequests)
    row.bind(9, check.failedRequests)
    row.bind(10, check.responseTime.microseconds)
    row.bind(11, check.message)
    row.bind(12, StoredJSON.text(check.issues))
    try row.runAndReset()
    return context.connection.changes > 0
  }

  static let select = """
    SELECT h.id, h.at, c.name AS component, h.status, h.previous_status, h.error_rate, h.total_requests, h.failed_requests,
      h.response_time_us, h.message, h.issues
    FROM health_check h JOIN component c ON c.id = h.component_id
    """

  /// Selects the status of each component's last row, with one index lookup per component.
  static let latestStatuses = """
    SELECT c.name AS component, h.status
    FROM component c CROSS JOIN health_check h
    WHERE h.id = (SELECT max(id) FROM health_check WHERE component_id = c.id)
    """

  static func decode(_ row: Row) -> HealthCheckRecord {
    HealthCheckRecord(
      id: row.id("id"), at: row.time("at"),
      component: row.component("component"), status: HealthStatus(code: row.integer("status")),
      previousStatus: row.optionalInteger("previous_status").map(HealthStatus.init(code:)),
      errorRate: row.ratio("error_rate"),
      totalRequests: row.count("total_requests"), failedRequests: row.count("failed_requests"),
      responseTime: row.duration("response_time_us"), message: row.text("message"),
      issues: StoredJSON.strings(row.optionalText("issues")))
  }
}
