/// The health of one component at one time.
public struct ComponentHealth: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The verdict.
  public var status: HealthStatus
  /// Share of failures over the sliding window, 0...1; without calls the rate that the last health check
  /// measured, or 0.
  public var errorRate: Double
  /// Attempts over the sliding window.
  public var totalRequests: Int64
  /// Failed attempts over the sliding window.
  public var failedRequests: Int64
  /// Rejected calls over the sliding window.
  public var rejectedRequests: Int64 = 0
  /// Rejected calls that an open circuit rejected.
  public var rejectedByCircuit: Int64 = 0
  /// Rejected calls that a full bulkhead rejected.
  public var rejectedByBulkhead: Int64 = 0
  /// Share of the rejected calls among all calls, made or not, over the sliding window, 0...1.
  public var rejectedRate: Double = 0
  /// Length of the sliding window.
  public var window = Duration.seconds(300)
  /// Mean duration over the sliding window; without calls the response time that the last health check
  /// measured, or the duration of that check.
  public var responseTime: Duration
  /// A one-line message for operators.
  public var message: String
  /// The issues, one entry each.
  public var issues: [String]
  /// The component's circuit; `nil` when it has no breaker.
  public var circuit: CircuitHealth?
  /// When the component was judged.
  public var at: Timestamp
  /// The status of calls and check without the circuit. A circuit that rejects calls makes ``status`` at least
  /// `unhealthy`.
  let statusWithoutCircuit: HealthStatus

  /// Share of successes, 0...1: over the sliding window, or 1 − ``errorRate`` without calls.
  public var successRate: Double {
    ComponentRates.successRate(total: totalRequests, failed: failedRequests) ?? 1 - errorRate
  }

  /// Judges calls, health check and circuit together: the worst status applies.
  /// - Parameters:
  ///   - circuit: the component's circuit; `nil` without a breaker.
  ///   - finding: the result of the last health check; `nil` without a health check.
  ///   - checkTime: duration of that check.
  init(
    _ component: ComponentName, _ summary: HealthWindow.Summary, _ options: HealthOptions,
    circuit: CircuitHealth?, finding: HealthCheck.Result?, checkTime: Duration, at now: Timestamp
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
    self.rejectedRequests = summary.rejected
    self.rejectedByCircuit = summary.rejectedByCircuit
    self.rejectedByBulkhead = summary.rejectedByBulkhead
    self.rejectedRate = summary.rejectedRate
    self.window = options.window
    self.responseTime = summary.total > 0 ? summary.meanDuration : finding?.responseTime ?? checkTime
    self.issues =
      issues + (finding?.issues ?? []) + [measured?.issue].compactMap(\.self)
      + (isInterrupted ? [circuit?.message].compactMap(\.self) : [])
    self.at = now
    let found = finding.map { $0.message.isEmpty ? "check: \($0.status.rawValue)" : $0.message }
    // Circuit rejections alone are not an issue, and neither is a circuit that is forced closed.
    let words =
      self.issues.isEmpty
      ? [Self.words(summary), found].compactMap(\.self)
      : self.issues + (Self.saysRejections(self.issues, summary) ? [] : [Self.rejected(summary)])
    message = (words + (isInterrupted ? [] : [circuit?.message].compactMap(\.self))).joined(separator: "; ")
  }

  /// Describes the calls of a window.
  private static func words(_ summary: HealthWindow.Summary) -> String {
    var parts: [String] = []
    if summary.total > 0 { parts.append("\(summary.failures) of \(summary.total) calls failed") }
    if summary.rejected > 0 { parts.append(rejected(summary)) }
    if parts.isEmpty && summary.callerErrors > 0 {
      parts.append("all \(summary.callerErrors) calls were errors of the caller")
    }
    if parts.isEmpty && summary.cancelled > 0 {
      parts.append("all \(summary.cancelled) calls were cancelled")
    }
    return parts.isEmpty ? "no calls" : parts.joined(separator: "; ")
  }

  /// Whether the issues already name all rejected calls.
  private static func saysRejections(_ issues: [String], _ summary: HealthWindow.Summary) -> Bool {
    summary.rejected == 0
      || summary.rejectedByCircuit == 0 && issues.contains { $0.contains(" rejected ") }
  }

  private static func rejected(_ summary: HealthWindow.Summary) -> String {
    "\(summary.rejected) of \(summary.total.addingClamped(summary.rejected)) calls were rejected"
  }
}
