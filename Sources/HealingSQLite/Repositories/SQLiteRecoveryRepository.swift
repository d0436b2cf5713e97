import Healing

struct SQLiteRecoveryRepository: RecoveryRepository {
  let reader: ReaderConnection

  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  {
    try await reader.read { connection throws(SQLiteError) in
      try ReportQuery.recentRecoveries.run(on: connection, range, component, limit: limit)
    }
  }

  func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> RecoveryStatistics
  {
    let compute: @Sendable (Connection) throws(SQLiteError) -> RecoveryStatistics = {
      connection throws(SQLiteError) in
      let overall = try ReportQuery.overall.run(on: connection, range, component).first
      var statistics = RecoveryStatistics(
        overall: overall?.recoveries ?? .none,
        byAction: try ReportQuery.byAction.run(on: connection, range, component),
        byComponent: try ReportQuery.byComponent.run(on: connection, range, component))
      statistics.executions = overall?.executions ?? ExecutionTotals()
      return statistics
    }
    // Only the unlimited range is cached: a range that follows the clock differs in every request.
    guard range == .all else { return try await reader.read(compute) }
    return try await reader.readCached("statistics \(component?.text ?? "")", compute)
  }
}
