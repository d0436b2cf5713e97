/// What callers of each component saw, by minute, hour or day: the rows of `rates`.
public struct RateSeries: Sendable, Hashable {
  /// Length of the buckets of a series.
  ///
  /// These cases are final: the ledger keeps sums by these lengths.
  public enum Interval: String, Sendable, Codable, CaseIterable {
    /// Minutes; kept for 90 days by default.
    case minute
    /// Hours; kept for 730 days by default.
    case hour
    /// Days in UTC; kept for ever.
    case day

    /// Length in seconds.
    public var seconds: Int64 {
      switch self {
      case .minute: 60
      case .hour: 3_600
      case .day: 86_400
      }
    }
  }

  /// The calls of a component in a bucket. An execution can begin in one bucket and end in the next: sum the counts of buckets
  /// before you divide.
  public struct Bucket: Sendable, Hashable {
    /// Start of the bucket.
    public var at: Timestamp
    /// The component's calls.
    public var calls: ComponentImpact

    package init(at: Timestamp, calls: ComponentImpact) {
      self.at = at
      self.calls = calls
    }
  }

  /// Length of the buckets.
  public var interval: Interval
  /// Buckets with calls, by time, then by component.
  public var buckets: [Bucket]
  /// Number of older buckets that the limit left out.
  public var omitted: Int64

  package init(interval: Interval, buckets: [Bucket], omitted: Int64) {
    self.interval = interval
    self.buckets = buckets
    self.omitted = omitted
  }
}
