/// Reads recoveries and computes the reports on them.
public protocol RecoveryRepository: Sendable {
  /// The last `limit` recoveries within a range, newest last.
  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  /// The figures of a range in all, by action and by component, read together, so that they agree.
  func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> RecoveryStatistics
}
