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
  ///   - checkResult: the result of the last health check; `nil` without a health check.
  ///   - checkTime: duration of that check.
  init(
    _ component: ComponentName, _ summary: HealthWindow.Summary, _ options: HealthOptions,
    circuit: CircuitHealth?, checkResult: HealthCheck.Result?, checkTime: Duration, at now: Timestamp
  ) {
    let (status, issues) = options.judge(summary)
    self.component = component
    let isInterrupted = circuit?.isInterrupted == true
    self.circuit = circuit
    let measured = checkResult?.errorRate.map { options.judge(measured: $0) }
    statusWithoutCircuit = max(status, checkResult?.status ?? .healthy, measured?.status ?? .healthy)
    self.status = isInterrupted ? max(statusWithoutCircuit, .unhealthy) : statusWithoutCircuit
    self.errorRate = summary.total > 0 ? summary.errorRate : checkResult?.errorRate ?? 0
    self.totalRequests = summary.total
    self.failedRequests = summary.failures
    self.rejectedRequests = summary.rejected
    self.rejectedByCircuit = summary.rejectedByCircuit
    self.rejectedByBulkhead = summary.rejectedByBulkhead
    self.rejectedRate = summary.rejectedRate
    self.window = options.window
    self.responseTime = summary.total > 0 ? summary.meanDuration : checkResult?.responseTime ?? checkTime
    self.issues =
      issues + (checkResult?.issues ?? []) + [measured?.issue].compactMap(\.self)
      + (isInterrupted ? [circuit?.message].compactMap(\.self) : [])
    self.at = now
    let found = checkResult.map { $0.message.isEmpty ? "check: \($0.status.rawValue)" : $0.message }
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
    guard parts.isEmpty else { return parts.joined(separator: "; ") }
    switch (summary.callerErrors, summary.cancelled) {
    case (0, 0): return "no calls"
    case (let errors, 0): return "all \(errors) calls were errors of the caller"
    case (0, let cancelled): return "all \(cancelled) calls were cancelled"
    case (let errors, let cancelled):
      let all = errors.addingClamped(cancelled)
      return "of \(all) calls \(errors) were errors of the caller and \(cancelled) were cancelled"
    }
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

extension ComponentHealth: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, status, message, issues, circuit, details, timestamp
    case responseTime = "response_time_ms"
    case errorRate = "error_rate"
    case successRate = "success_rate"
    case rejectedRate = "rejected_rate"
    case totalRequests = "total_requests"
    case failedRequests = "failed_requests"
    case rejectedRequests = "rejected_requests"
    case rejectedByCircuit = "rejected_by_circuit"
    case rejectedByBulkhead = "rejected_by_bulkhead"
    case window = "window_seconds"
  }

  /// Encodes the fields of `GET /health?component=`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try encodeVerdict(to: &container)
    try container.encode(window.milliseconds / 1_000, forKey: .window)
    try container.encode(at, forKey: .timestamp)
    var details = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .details)
    try details.encode(totalRequests, forKey: .totalRequests)
    try details.encode(failedRequests, forKey: .failedRequests)
    try details.encode(rejectedRequests, forKey: .rejectedRequests)
    try details.encode(rejectedByCircuit, forKey: .rejectedByCircuit)
    try details.encode(rejectedByBulkhead, forKey: .rejectedByBulkhead)
    try details.encode(rejectedRate, forKey: .rejectedRate)
  }

  private func encodeVerdict(to container: inout KeyedEncodingContainer<CodingKeys>) throws {
    try container.encode(status, forKey: .status)
    try container.encode(responseTime.milliseconds, forKey: .responseTime)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(successRate, forKey: .successRate)
    try container.encode(message, forKey: .message)
    try container.encode(issues, forKey: .issues)
    try container.encode(circuit, forKey: .circuit)
  }

  /// The value of a component in an object whose keys are component names, as in `GET /health/components`.
  package struct Entry: Encodable {
    let health: ComponentHealth

    package init(_ health: ComponentHealth) { self.health = health }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try health.encodeVerdict(to: &container)
      try container.encode(health.rejectedRate, forKey: .rejectedRate)
    }
  }
}
