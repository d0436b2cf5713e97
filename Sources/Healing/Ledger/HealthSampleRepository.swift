/// Reads outcomes and durations of attempts.
public protocol HealthSampleRepository: Sendable {
  /// The last `limit` samples, newest last. Under overload a sample stands for several attempts.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthSample]
  /// Calls and rates of each component over a range, by name. Counts from the component's last reset.
  func rates(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentRates]
  /// The sliding window of each component, or of one, as it was last written: 10-second buckets of the last 5 minutes.
  func windows(component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
  /// The same without the buckets that start before `since`, so that it takes no longer for components without calls
  /// since then.
  func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
}

extension HealthSampleRepository {
  /// Reads all of them and leaves out the older ones.
  public func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError)
    -> [HealthWindowBucket]
  {
    try await windows(component: component).filter { $0.start >= since }
  }
}
