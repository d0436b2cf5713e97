import Healing

struct SQLiteHealthCheckRepository: HealthCheckRepository {
  let reader: ReaderConnection

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord] {
    try await reader.recent(CheckTable.select, table: "h", component: component, limit: limit) {
      CheckTable.decode($0)
    }
  }

  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord] {
    try await reader.read { connection throws(SQLiteError) in
      try connection.rows(AlertTable.selectLast(ofOne: component != nil)) {
        $0.bind(1, limit)
        if let component { $0.bind(2, component.text) }
      } _: {
        AlertTable.decode($0)
      }.reversed()
    }
  }

  func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus] {
    try await latest(CheckTable.latestStatuses) {
      ($0.component("component"), HealthStatus(code: $0.integer("status")))
    }
  }

  func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord] {
    try await latest(AlertTable.latest) { row in
      let alert = AlertTable.decode(row)
      return (alert.component, alert)
    }
  }

  private func latest<Value: Sendable>(
    _ sql: String, _ decode: @escaping @Sendable (Row) -> (ComponentName, Value)
  ) async throws(LedgerError) -> [ComponentName: Value] {
    try await reader.read { connection throws(SQLiteError) in
      Dictionary(try connection.rows(sql, decode), uniquingKeysWith: { _, last in last })
    }
  }
}
