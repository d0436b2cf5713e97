/// The health of one component at a time.
public struct ComponentHealth: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The verdict.
  public var status: HealthStatus
  /// Share of failures over the sliding window, 0...1; without calls the one that the last health check measured, or 0.
  public var errorRate: Double
  /// Attempts over the sliding window.
  public var totalRequests: Int64
  /// Failed attempts over the sliding window.
  public var failedRequests: Int64
  /// Mean duration over the sliding window; without calls the response time that the last health check measured, or else the
  /// duration of that check.
  public var responseTime: Duration
  /// One line for people.
  public var message: String
  /// What is wrong, one item each.
  public var issues: [String]
  /// The component's circuit; `nil` when it has no breaker.
  public var circuit: CircuitHealth?
  /// When it was judged.
  public var at: Timestamp
  /// The verdict by calls and check alone. An interrupted circuit makes ``status`` `unhealthy` at least.
  let statusWithoutCircuit: HealthStatus

  /// Share of successes, 0...1: 1 without ``errorRate``.
  public var successRate: Double { 1 - errorRate }

  /// Judges calls, health check and circuit together: the worst status applies.
  /// - Parameters:
  ///   - circuit: the component's circuit; `nil`: it has no breaker.
  ///   - finding: what the component's health check found; `nil`: it has none.
  ///   - checkTime: how long that check took.
  init(
    _ component: ComponentName, _ summary: HealthWindow.Summary, _ options: HealthOptions,
    circuit: CircuitHealth?, finding: HealthCheck.Finding?, checkTime: Duration, at now: Timestamp
  ) {
    let (status, issues) = options.judge(summary)
    self.component = component
    let isInterrupted = circuit?.isInterrupted == true
    self.circuit = circuit
    let measured = finding?.errorRate.map { options.judge(measured: $0) }
    statusWithoutCircuit = max(status, finding?.status ?? .healthy, measured?.status ?? .healthy)
    self.status = isInterrupted ? max(statusWithoutCircuit, .unhealthy) : statusWithoutCircuit
    self.errorRate = summary.total > 0 ? summary.errorRate : finding?.errorRate ?? 0
    self.totalRequests = summary.total
    self.failedRequests = summary.failures
    self.responseTime = summary.total > 0 ? summary.meanDuration : finding?.responseTime ?? checkTime
    self.issues =
      issues + (finding?.issues ?? []) + [measured?.issue].compactMap(\.self)
      + (isInterrupted ? [circuit?.message].compactMap(\.self) : [])
    self.at = now
    let found = finding.map { $0.message.isEmpty ? "check: \($0.status.rawValue)" : $0.message }
    let calls = summary.total == 0 ? "no calls" : "\(summary.failures) of \(summary.total) calls failed"
    let words = self.issues.isEmpty ? [calls, found].compactMap(\.self) : self.issues
    // A circuit that is forced closed is no finding.
    message = (words + (isInterrupted ? [] : [circuit?.message].compactMap(\.self))).joined(separator: "; ")
  }
}
