/// The health of one component at a time.
public struct ComponentHealth: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The verdict.
  public var status: HealthStatus
  /// Share of failures over the sliding window, 0...1.
  public var errorRate: Double
  /// Attempts over the sliding window.
  public var totalRequests: Int64
  /// Failed attempts over the sliding window.
  public var failedRequests: Int64
  /// Mean duration over the sliding window.
  public var responseTime: Duration
  /// One line for people.
  public var message: String
  /// What is wrong, one item each.
  public var issues: [String]
  /// When it was looked at.
  public var at: Timestamp

  /// Share of successes, 0...1; 1 when there were no attempts.
  public var successRate: Double { 1 - errorRate }
}
