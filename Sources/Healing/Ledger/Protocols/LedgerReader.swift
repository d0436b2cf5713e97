/// Reads the durable contents of a ledger.
public protocol LedgerReader: Sendable {
  /// Failed attempts.
  var errors: any ErrorRepository { get }
  /// Outcomes and durations of attempts.
  var samples: any HealthSampleRepository { get }
  /// Checks of components, and alerts.
  var checks: any HealthCheckRepository { get }
  /// Recoveries and their reports.
  var recoveries: any RecoveryRepository { get }
  /// Circuit breakers.
  var breakers: any BreakerRepository { get }
  /// The known components.
  var components: any ComponentRepository { get }
  /// The processes that wrote.
  var processes: any ProcessRepository { get }
  /// The events, in commit order.
  var feed: any FeedRepository { get }
  /// Rejected calls.
  var rejections: any RejectionRepository { get }
  /// The policies of components.
  var policies: any PolicyRepository { get }
  /// Reports on outages.
  var outages: any OutageRepository { get }
}

extension LedgerReader {
  /// Returns no rows, for a ledger that does not store them.
  public var rejections: any RejectionRepository { NoRejections() }
  /// Returns no rows, for a ledger that does not store them.
  public var policies: any PolicyRepository { NoPolicies() }
  /// Throws at each report, for a ledger that does not keep what reports on outages need.
  public var outages: any OutageRepository { NoOutages() }
}

private struct NoOutages: OutageRepository {
  private func missing(_ report: String) -> LedgerError {
    LedgerError(
      .unavailable, ledger: "memory", problem: "this ledger is in memory and keeps no \(report)",
      remedy: "read the ledger's file")
  }

  func incidents(_ range: LedgerRange, component: ComponentName?, rules: IncidentRules, now: Timestamp)
    async throws(LedgerError) -> IncidentReport
  { throw missing("incidents") }
  func errorGroups(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [ErrorGroup]
  { throw missing("groups of errors") }
  func timeline(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [TimelineEvent]
  { throw missing("timeline") }
  func impact(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentImpact]
  { throw missing("calls by minute") }
  func states(at time: Timestamp?, component: ComponentName?) async throws(LedgerError) -> [ComponentStateAt]
  { throw missing("past states") }
  func releases(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ReleaseTotals]
  { throw missing("calls by release") }
  func attemptEffect(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [AttemptEffect]
  { throw missing("figures of attempts") }
  func retryEffect(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [RetryEffect]
  { throw missing("figures of retries") }
  func availability(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [ComponentAvailability]
  { throw missing("calls by minute") }
  func rates(_ range: LedgerRange, component: ComponentName?, by interval: RateSeries.Interval, limit: Int)
    async throws(LedgerError) -> RateSeries
  { throw missing("calls by minute") }
  func advice(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [Advice] {
    throw missing("advice")
  }
  func postMortem(of incident: String, rules: IncidentRules, now: Timestamp, withUsers: Bool)
    async throws(LedgerError) -> PostMortem?
  { throw missing("incidents") }
  func compareReleases(_ a: String?, _ b: String?, _ range: LedgerRange, component: ComponentName?)
    async throws(LedgerError) -> [ReleaseComparison]
  { throw missing("calls by release") }
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
