/// What has been written down, by part. Reads see what is durable.
public protocol LedgerReader: Sendable {
  /// Failed attempts.
  var errors: any ErrorRepository { get }
  /// Outcomes and durations of attempts.
  var samples: any HealthSampleRepository { get }
  /// Evaluations of components.
  var checks: any HealthCheckRepository { get }
  /// Recoveries and the reports on them.
  var recoveries: any RecoveryRepository { get }
  /// Circuit breakers.
  var breakers: any BreakerRepository { get }
  /// The components known.
  var components: any ComponentRepository { get }
  /// The programs that wrote.
  var processes: any ProcessRepository { get }
  /// What happened, in the order in which it was written down.
  var feed: any FeedRepository { get }
  /// Calls that were not made.
  var rejections: any RejectionRepository { get }
  /// The policies that components had.
  var policies: any PolicyRepository { get }
}

extension LedgerReader {
  /// No rows: for a ledger that does not keep them.
  public var rejections: any RejectionRepository { NoRejections() }
  /// No rows: for a ledger that does not keep them.
  public var policies: any PolicyRepository { NoPolicies() }
}

private struct NoRejections: RejectionRepository {
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall] { [] }
  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
  { [] }
}

private struct NoPolicies: PolicyRepository {
  func latest() async throws(LedgerError) -> [StoredPolicy] { [] }
  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy] { [] }
}
