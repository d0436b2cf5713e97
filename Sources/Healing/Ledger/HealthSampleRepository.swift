/// Reads outcomes and durations of attempts.
public protocol HealthSampleRepository: Sendable {
  /// Returns the last `limit` samples, newest last. Under overload a sample covers several attempts.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthSample]
  /// Returns calls and rates of each component over a range, by name, from the component's last reset of
  /// metrics.
  func rates(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentRates]
  /// Returns the last written sliding window of each component, or of one: 10-second buckets of the last 5
  /// minutes.
  func windows(component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
  /// Returns the windows without the buckets that start before `since`. An implementation should not
  /// read the components without calls since then; the default reads all buckets.
  func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
}

extension HealthSampleRepository {
  /// Reads all buckets and filters them.
  public func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError)
    -> [HealthWindowBucket]
  {
    try await windows(component: component).filter { $0.start >= since }
  }
}
