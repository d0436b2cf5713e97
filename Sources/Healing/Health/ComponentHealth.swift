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
  /// Mean duration over the sliding window, or of the last health check when there were no attempts.
  public var responseTime: Duration
  /// One line for people.
  public var message: String
  /// What is wrong, one item each.
  public var issues: [String]
  /// When it was looked at.
  public var at: Timestamp

  /// Share of successes, 0...1; 1 when there were no attempts.
  public var successRate: Double { 1 - errorRate }

  /// Judges a window of calls together with what a health check found: the worse of the two stands.
  /// - Parameters:
  ///   - finding: what the component's health check found; `nil`: it has none.
  ///   - checkTime: how long that check took.
  init(
    _ component: ComponentName, _ summary: HealthWindow.Summary, _ options: HealthOptions,
    finding: HealthCheck.Finding?, checkTime: Duration, at now: Timestamp
  ) {
    let (status, issues) = options.judge(summary)
    self.component = component
    self.status = max(status, finding?.status ?? .healthy)
    self.errorRate = summary.errorRate
    self.totalRequests = summary.total
    self.failedRequests = summary.failures
    self.responseTime = summary.total > 0 ? summary.meanDuration : checkTime
    self.issues = issues + (finding?.issues ?? [])
    self.at = now
    let found = finding.map { $0.message.isEmpty ? "check: \($0.status.rawValue)" : $0.message }
    let calls = summary.total == 0 ? "no calls" : "\(summary.failures) of \(summary.total) calls failed"
    message =
      self.issues.isEmpty
      ? [calls, found].compactMap(\.self).joined(separator: "; ") : self.issues.joined(separator: "; ")
  }
}
