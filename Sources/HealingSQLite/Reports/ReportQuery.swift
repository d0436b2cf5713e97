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
    ended.executions = row.count(1)
    ended.rejected = row.count(2)
    ended.saved = row.count(3)
    ended.degraded = row.count(4)
    ended.undone = row.count(5)
    ended.lost = row.count(6)
    ended.interrupted = row.count(7)
    let recoveries = RecoveryTotals(
      totalRecoveries: row.count(8), successfulRecoveries: row.count(9), failedRecoveries: row.count(10),
      successRate: row.ratio(11), avgDurationMs: row.milliseconds(12))
    return OverallTotals(executions: ended, recoveries: recoveries)
  }
}

extension ReportQuery<RejectionTotals> {
  package static let rejections = ReportQuery(
    query: .rejections, columns: ["component", "operation", "reason", "calls"]
  ) { row in
    RejectionTotals(
      component: row.component(0), operation: row.text(1),
      reason: RejectionReason(rawValue: row.text(2)) ?? RejectionReason.unknownCode, calls: row.count(3))
  }
}

private let groupColumns = ["total", "successful", "attempts", "avg_duration_ms", "max_duration_ms"]

extension GroupTotals {
  /// Decodes `groupColumns`, which follow the group's name.
  fileprivate init(row: Row) {
    self.init(
      total: row.count(1), successful: min(row.count(2), row.count(1)), attempts: row.count(3),
      avgDurationMs: row.milliseconds(4), maxDurationMs: row.milliseconds(5))
  }
}

extension ReportQuery<ActionTotals> {
  package static let byAction = ReportQuery(query: .byAction, columns: ["action"] + groupColumns) {
    ActionTotals(
      action: RecoveryAction(rawValue: $0.text(0)) ?? RecoveryAction.unknownCode, totals: GroupTotals(row: $0)
    )
  }
}

extension ReportQuery<ComponentTotals> {
  package static let byComponent = ReportQuery(query: .byComponent, columns: ["component"] + groupColumns) {
    ComponentTotals(component: $0.component(0), totals: GroupTotals(row: $0))
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
    var rates = ComponentRates(component: row.component(0), counts: CallCounts())
    rates.totalRequests = row.count(1)
    rates.failedRequests = min(row.count(2), rates.totalRequests)
    rates.rejectedRequests = row.count(3)
    rates.cancelledRequests = row.count(4)
    rates.callerErrors = row.count(5)
    rates.staleResults = row.count(6)
    rates.errorRate = row.ratio(7)
    rates.successRate = row.ratio(8)
    rates.avgResponseTimeMs = row.milliseconds(9)
    rates.maxResponseTimeMs = row.milliseconds(10)
    rates.rejectedByCircuit = row.count(11)
    rates.rejectedByBulkhead = row.count(12)
    return rates
  }
}

extension ReportQuery<RecoveryRecord> {
  package static let recentRecoveries = ReportQuery(
    query: .recentRecoveries,
    columns: [
      "id", "at", "component", "operation", "execution_id", "error_id", "action", "success", "outcome",
      "attempts", "duration_ms", "message", "metadata", "occurrences", "request_id", "user_id", "gave_up",
    ]
  ) {
    RecoveryTable.decode($0)
  }
}
