package import Healing
package import HealingQueries

/// A query file with the Swift type of its rows. A test compares the columns.
package struct ReportQuery<Value: Sendable>: Sendable {
  package let query: Query
  package let columns: [String]
  let decode: @Sendable (Row) -> Value

  /// Runs the query and binds those parameters that it has.
  package func run(
    on connection: Connection, _ range: LedgerRange, _ component: ComponentName?, limit: Int? = nil
  )
    throws(SQLiteError) -> [Value]
  {
    try connection.rows(query.sql) { statement in
      statement.bind(name: ":since", range.since?.microseconds)
      statement.bind(name: ":until", range.until?.microseconds)
      statement.bind(name: ":component", component?.text)
      statement.bind(name: ":limit", limit.map(Int64.init))
      // A kept statement has its former bindings.
      statement.bind(name: ":by_minutes", Int64?.none)
    } _: {
      decode($0)
    }
  }
}

extension ReportQuery<ComponentImpact> {
  /// Runs the query by minutes alone: where retention has deleted them, nothing is counted.
  package func byMinutes(_ range: LedgerRange, on connection: Connection) throws(SQLiteError)
    -> [ComponentImpact]
  {
    try connection.rows(query.sql) { statement in
      statement.bind(name: ":since", range.since?.microseconds)
      statement.bind(name: ":until", range.until?.microseconds)
      statement.bind(name: ":by_minutes", Int64(1))
    } _: {
      decode($0)
    }
  }
}

/// A row of `overall.sql`.
package struct OverallTotals: Sendable {
  package let executions: ExecutionTotals
  package let recoveries: RecoveryTotals
}

extension ReportQuery<OverallTotals> {
  package static let overall = ReportQuery(
    query: .overall,
    columns: [
      "effective_success_rate", "executions", "rejected", "saved", "degraded", "undone", "lost",
      "interrupted",
      "total_recoveries", "successful_recoveries", "failed_recoveries", "success_rate", "avg_duration_ms",
    ]
  ) { row in
    var ended = ExecutionTotals()
    ended.executions = row.count("executions")
    ended.rejected = row.count("rejected")
    ended.saved = row.count("saved")
    ended.degraded = row.count("degraded")
    ended.undone = row.count("undone")
    ended.lost = row.count("lost")
    ended.interrupted = row.count("interrupted")
    let recoveries = RecoveryTotals(
      totalRecoveries: row.count("total_recoveries"),
      successfulRecoveries: row.count("successful_recoveries"),
      failedRecoveries: row.count("failed_recoveries"),
      successRate: row.ratio("success_rate"), avgDurationMs: row.milliseconds("avg_duration_ms"))
    return OverallTotals(executions: ended, recoveries: recoveries)
  }
}

extension ReportQuery<RejectionTotals> {
  package static let rejections = ReportQuery(
    query: .rejections, columns: ["component", "operation", "reason", "calls"]
  ) { row in
    RejectionTotals(
      component: row.component("component"), operation: row.text("operation"),
      reason: RejectionReason(rawValue: row.text("reason")) ?? RejectionReason.unknownCode,
      calls: row.count("calls"))
  }
}

private let groupColumns = ["total", "successful", "attempts", "avg_duration_ms", "max_duration_ms"]

extension GroupTotals {
  /// Decodes `groupColumns`.
  fileprivate init(row: Row) {
    self.init(
      total: row.count("total"), successful: min(row.count("successful"), row.count("total")),
      attempts: row.count("attempts"),
      avgDurationMs: row.milliseconds("avg_duration_ms"), maxDurationMs: row.milliseconds("max_duration_ms"))
  }
}

extension ReportQuery<ActionTotals> {
  package static let byAction = ReportQuery(query: .byAction, columns: ["action"] + groupColumns) {
    ActionTotals(
      action: RecoveryAction(rawValue: $0.text("action")) ?? RecoveryAction.unknownCode,
      totals: GroupTotals(row: $0)
    )
  }
}

extension ReportQuery<ComponentTotals> {
  package static let byComponent = ReportQuery(query: .byComponent, columns: ["component"] + groupColumns) {
    ComponentTotals(component: $0.component("component"), totals: GroupTotals(row: $0))
  }
}

extension ReportQuery<ComponentRates> {
  package static let componentRates = ReportQuery(
    query: .componentRates,
    columns: [
      "component", "total_requests", "failed_requests", "rejected_requests", "cancelled_requests",
      "caller_errors", "stale_results", "error_rate", "success_rate", "avg_response_time_ms",
      "max_response_time_ms", "rejected_by_circuit", "rejected_by_bulkhead",
    ]
  ) { row in
    var rates = ComponentRates(component: row.component("component"), counts: CallCounts())
    rates.totalRequests = row.count("total_requests")
    rates.failedRequests = min(row.count("failed_requests"), rates.totalRequests)
    rates.rejectedRequests = row.count("rejected_requests")
    rates.cancelledRequests = row.count("cancelled_requests")
    rates.callerErrors = row.count("caller_errors")
    rates.staleResults = row.count("stale_results")
    rates.errorRate = row.ratio("error_rate")
    rates.successRate = row.ratio("success_rate")
    rates.avgResponseTimeMs = row.milliseconds("avg_response_time_ms")
    rates.maxResponseTimeMs = row.milliseconds("max_response_time_ms")
    rates.rejectedByCircuit = row.count("rejected_by_circuit")
    rates.rejectedByBulkhead = row.count("rejected_by_bulkhead")
    return rates
  }
}

extension ReportQuery<RecoveryRecord> {
  package static let recentRecoveries = ReportQuery(
    query: .recentRecoveries,
    columns: [
      "id", "at", "component", "operation", "execution_id", "error_id", "action", "success", "outcome",
      "attempts", "duration_ms", "message", "metadata", "occurrences", "request_id", "user_id", "gave_up",
      "parent_execution_id",
    ]
  ) {
    RecoveryTable.decode($0)
  }
}
