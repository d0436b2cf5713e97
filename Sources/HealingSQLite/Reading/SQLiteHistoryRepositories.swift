import Healing

struct SQLiteRecoveryRepository: RecoveryRepository {
  let reader: ReaderPool

  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  {
    try await reader.read("the last recoveries") { connection throws(SQLiteError) in
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
    guard range == .all else { return try await reader.read("the recovery statistics of a range", compute) }
    return try await reader.readCached("the recovery statistics", key: component?.text, compute)
  }
}

struct SQLiteErrorRepository: ErrorRepository {
  let reader: ReaderPool

  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext? {
    try await reader.read("an error") { connection throws(SQLiteError) in
      try connection.rows("\(ErrorTable.select) WHERE e.id = ?") {
        $0.bind(1, id.rawValue)
      } _: {
        ErrorTable.decode($0)
      }.first
    }
  }

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext] {
    try await reader.recent(
      ErrorTable.select, table: "e", component: component, limit: limit, what: "the last errors"
    ) {
      ErrorTable.decode($0)
    }
  }
}

struct SQLiteRejectionRepository: RejectionRepository {
  let reader: ReaderPool

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall] {
    try await reader.recent(
      RejectedCallTable.select, table: "r", component: component, limit: limit,
      what: "the last rejected calls"
    ) {
      RejectedCallTable.decode($0)
    }
  }

  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
  {
    try await reader.read("the rejected calls", of: range == .all ? .state : .history) {
      connection throws(SQLiteError) in
      try ReportQuery.rejections.run(on: connection, range, component)
    }
  }
}

struct SQLitePolicyRepository: PolicyRepository {
  let reader: ReaderPool

  func latest() async throws(LedgerError) -> [StoredPolicy] {
    try await reader.read("the policies", of: .state) { connection throws(SQLiteError) in
      try PolicyTable.rows(PolicyTable.latest, connection)
    }
  }

  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy] {
    try await reader.readCached("the policies", key: "\(id)") { connection throws(SQLiteError) in
      try PolicyTable.rows("\(PolicyTable.select) WHERE x.id > ? ORDER BY x.id", connection) {
        $0.bind(1, id)
      }
    }
  }
}

struct SQLiteHealthCheckRepository: HealthCheckRepository {
  let reader: ReaderPool

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord] {
    try await reader.recent(
      CheckTable.select, table: "h", component: component, limit: limit, what: "the last checks"
    ) {
      CheckTable.decode($0)
    }
  }

  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord] {
    try await reader.read("the last alerts") { connection throws(SQLiteError) in
      try connection.rows(AlertTable.selectLast(ofOne: component != nil)) {
        $0.bind(1, limit)
        if let component { $0.bind(2, component.text) }
      } _: {
        AlertTable.decode($0)
      }.reversed()
    }
  }

  func recentAlerts(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [AlertRecord]
  {
    try await reader.recent(
      AlertTable.select, of: "alert", table: "a", range, component: component, limit: limit,
      what: "the last alerts"
    ) {
      AlertTable.decode($0)
    }
  }

  func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus] {
    try await latest("the last status of each component", CheckTable.latestStatuses) {
      ($0.component("component"), HealthStatus(code: $0.integer("status")))
    }
  }

  func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord] {
    try await latest("the last alert of each component", AlertTable.latest) { row in
      let alert = AlertTable.decode(row)
      return (alert.component, alert)
    }
  }

  private func latest<Value: Sendable>(
    _ what: String, _ sql: String, _ decode: @escaping @Sendable (Row) -> (ComponentName, Value)
  ) async throws(LedgerError) -> [ComponentName: Value] {
    try await reader.read(what, of: .state) { connection throws(SQLiteError) in
      Dictionary(try connection.rows(sql, decode), uniquingKeysWith: { _, last in last })
    }
  }
}

struct SQLiteFeedRepository: FeedRepository {
  let reader: ReaderPool

  func lastPosition() async throws(LedgerError) -> Int64 {
    try await reader.read("the last event") { connection throws(SQLiteError) in
      try FeedTable.lastPosition(connection)
    }
  }

  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent] {
    try await reader.read("the events") { connection throws(SQLiteError) in
      var events: [FeedEvent] = []
      var position = position
      // Rows of events may be deleted before their positions: a page without any must not look like the feed's end.
      while events.isEmpty {
        let rows = try connection.rows(
          "SELECT position, kind, id FROM feed WHERE position > ? ORDER BY position LIMIT ?"
        ) {
          $0.bind(1, position)
          $0.bind(2, limit)
        } _: {
          (
            position: $0.integer("position"), kind: FeedTable.Kind(rawValue: $0.integer("kind")),
            id: $0.integer("id")
          )
        }
        guard let last = rows.last else { break }
        position = last.position
        for row in rows {
          guard let kind = row.kind, let event = try FeedTable.event(kind, row.id, connection) else {
            continue
          }
          events.append(FeedEvent(position: row.position, event: event))
        }
      }
      return events
    }
  }

  func lastDeletedPosition() async throws(LedgerError) -> Int64 {
    try await reader.readCached("the last deleted event") { connection throws(SQLiteError) in
      try WatermarkTable.lastDeletedPosition(connection)
    }
  }
}
