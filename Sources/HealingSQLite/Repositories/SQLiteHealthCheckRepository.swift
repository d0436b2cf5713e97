import Healing

struct SQLiteHealthCheckRepository: HealthCheckRepository {
  let reader: ReaderConnection

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord] {
    try await reader.recent(CheckTable.select, table: "h", component: component, limit: limit) {
      CheckTable.decode($0)
    }
  }

  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord] {
    try await reader.recent(AlertTable.select, table: "a", component: component, limit: limit) {
      AlertTable.decode($0)
    }
  }
}
