/// Reads evaluations of components.
public protocol HealthCheckRepository: Sendable {
  /// The last `limit` checks, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord]
  /// The last `limit` alerts, newest last.
  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord]
}
