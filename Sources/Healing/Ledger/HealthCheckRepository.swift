/// Reads the checks of components, and alerts.
public protocol HealthCheckRepository: Sendable {
  /// Returns the last `limit` checks, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord]
  /// Returns the last `limit` alerts in the order in which they were written, newest last, whatever their
  /// times.
  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord]
  /// Returns each component's status at its last check.
  func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus]
  /// Returns the last alert of each component.
  func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord]
}

extension HealthCheckRepository {
  /// Reads all checks.
  public func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus] {
    Dictionary(
      try await recent(component: nil, limit: .max).map { ($0.component, $0.status) },
      uniquingKeysWith: { _, last in last })
  }

  /// Reads all alerts.
  public func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord] {
    Dictionary(
      try await recentAlerts(component: nil, limit: .max).map { ($0.component, $0) },
      uniquingKeysWith: { _, last in last })
  }
}
