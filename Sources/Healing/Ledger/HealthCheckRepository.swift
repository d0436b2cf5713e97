/// Reads evaluations of components.
public protocol HealthCheckRepository: Sendable {
  /// The last `limit` checks, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord]
  /// The last `limit` alerts, newest last: in the order in which they were written, whatever the clocks said.
  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord]
  /// The status that the last check of each component found.
  func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus]
  /// The last alert of each component.
  func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord]
}

extension HealthCheckRepository {
  /// Reads every check.
  public func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus] {
    Dictionary(
      try await recent(component: nil, limit: .max).map { ($0.component, $0.status) },
      uniquingKeysWith: { _, last in last })
  }

  /// Reads every alert.
  public func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord] {
    Dictionary(
      try await recentAlerts(component: nil, limit: .max).map { ($0.component, $0) },
      uniquingKeysWith: { _, last in last })
  }
}
