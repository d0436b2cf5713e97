/// Reads recoveries and computes their reports.
public protocol RecoveryRepository: Sendable {
  /// Returns the last `limit` recoveries within a range, newest last.
  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  /// Returns the totals of a range overall, by action and by component. They are read together, so that they
  /// agree.
  func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> RecoveryStatistics
}
