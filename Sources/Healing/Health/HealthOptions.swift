/// The thresholds of a component's health.
public struct HealthOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Length of the sliding window, 30 s...5 min. Default 5 min.
  public var window: Duration
  /// Error rate at or above which a component is degraded, 0...1. Default 0.05.
  public var degradedErrorRate: Double
  /// Error rate at or above which a component is unhealthy, 0...1. Default 0.20.
  public var unhealthyErrorRate: Double
  /// Error rate above which a component is critical, 0...1. Default 0.50.
  public var criticalErrorRate: Double
  /// Mean response time at or above which a component is degraded, 1 ms...1 h. Default 5 s.
  public var slowResponse: Duration
  /// Number of calls in the window from which rates are judged, 1...1,000. Default 5. With fewer calls, the
  /// error rate is judged when the last three calls failed.
  public var minimumCalls: Int

  /// Number of failures in a row from which the error rate is judged, whatever ``minimumCalls`` is.
  static let failuresThatCount: Int64 = 3

  /// The default options.
  public static let standard = HealthOptions()

  enum CodingKeys: String, CodingKey {
    case window = "window_ms"
    case minimumCalls = "minimum_calls"
    case degradedErrorRate = "degraded_error_rate"
    case unhealthyErrorRate = "unhealthy_error_rate"
    case criticalErrorRate = "critical_error_rate"
    case slowResponse = "slow_response_ms"
  }

  /// Creates options. The three rates must not fall.
  public init(
    window: Duration = .seconds(300), degradedErrorRate: Double = 0.05, unhealthyErrorRate: Double = 0.20,
    criticalErrorRate: Double = 0.50, slowResponse: Duration = .seconds(5),
    minimumCalls: Int = 5
  ) {
    self.window = window
    self.degradedErrorRate = degradedErrorRate
    self.unhealthyErrorRate = unhealthyErrorRate
    self.criticalErrorRate = criticalErrorRate
    self.slowResponse = slowResponse
    self.minimumCalls = minimumCalls
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      window: try fields.duration(forKey: .window) ?? .seconds(300),
      degradedErrorRate: try fields.decodeIfPresent(Double.self, forKey: .degradedErrorRate) ?? 0.05,
      unhealthyErrorRate: try fields.decodeIfPresent(Double.self, forKey: .unhealthyErrorRate) ?? 0.20,
      criticalErrorRate: try fields.decodeIfPresent(Double.self, forKey: .criticalErrorRate) ?? 0.50,
      slowResponse: try fields.duration(forKey: .slowResponse) ?? .seconds(5),
      minimumCalls: try fields.decodeIfPresent(Int.self, forKey: .minimumCalls) ?? 5)
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(milliseconds: window, forKey: .window)
    try fields.encode(minimumCalls, forKey: .minimumCalls)
    try fields.encode(degradedErrorRate, forKey: .degradedErrorRate)
    try fields.encode(unhealthyErrorRate, forKey: .unhealthyErrorRate)
    try fields.encode(criticalErrorRate, forKey: .criticalErrorRate)
    try fields.encode(milliseconds: slowResponse, forKey: .slowResponse)
  }

  func check(_ checks: inout OptionChecks) {
    checks.check("HealthOptions.window", window, from: .seconds(30), to: .seconds(300))
    checks.check("HealthOptions.degradedErrorRate", degradedErrorRate, from: 0, to: unhealthyErrorRate)
    checks.check("HealthOptions.unhealthyErrorRate", unhealthyErrorRate, from: 0, to: criticalErrorRate)
    checks.check("HealthOptions.criticalErrorRate", criticalErrorRate, from: 0, to: 1)
    checks.check("HealthOptions.slowResponse", slowResponse, from: .milliseconds(1), to: .seconds(3600))
    checks.check("HealthOptions.minimumCalls", minimumCalls, from: 1, to: 1_000)
  }

  /// Returns the status of a window and its issues. Calls that a full bulkhead, a component that the operation
  /// calls, or a client rejected are judged by the same rates, as a share of all calls. Calls that the
  /// component's own circuit rejected are neither judged nor in that share, because the circuit itself is judged.
  public func judge(_ summary: HealthWindow.Summary) -> (status: HealthStatus, issues: [String]) {
    var status = HealthStatus.healthy
    var issues: [String] = []
    if isEnough(summary) {
      status = self.status(ofRate: summary.errorRate, count: summary.failures)
      if status != .healthy { issues.append("\(summary.failures) of \(summary.total) calls failed") }
    }
    // Rejections by the bulkhead, by components that the operations call, and by clients.
    let count = summary.rejectedByBulkhead.addingClamped(summary.rejectedOtherwise)
    let calls = summary.total.addingClamped(count)
    if calls >= Int64(minimumCalls) || (summary.total == 0 && count >= Self.failuresThatCount) {
      let verdict = self.status(ofRate: Double(count) / Double(max(1, calls)), count: count)
      if verdict != .healthy { issues += Self.rejections(in: summary, of: calls) }
      status = max(status, verdict)
    }
    if summary.criticalErrors > 0 {
      status = .critical
      issues.append("\(summary.criticalErrors) critical errors")
    }
    if summary.total > 0 && summary.meanDuration >= slowResponse {
      status = max(status, .degraded)
      issues.append("calls take \(summary.meanDuration) on average")
    }
    return (status, issues)
  }

  private static func rejections(in summary: HealthWindow.Summary, of calls: Int64) -> [String] {
    [
      ("the full bulkhead", summary.rejectedByBulkhead),
      ("components that it calls, or clients,", summary.rejectedOtherwise),
    ].filter { $0.1 > 0 }.map { "\($0.0) rejected \($0.1) of \(calls) calls" }
  }

  /// Whether there are enough calls to judge their error rate.
  private func isEnough(_ summary: HealthWindow.Summary) -> Bool {
    summary.total >= Int64(minimumCalls) || summary.failuresInRow >= Self.failuresThatCount
  }

  private func status(ofRate rate: Double, count: Int64) -> HealthStatus {
    guard count > 0 else { return .healthy }
    if rate > criticalErrorRate { return .critical }
    if rate >= unhealthyErrorRate { return .unhealthy }
    return rate >= degradedErrorRate ? .degraded : .healthy
  }
}

extension HealthOptions {
  /// Judges an error rate that a health check measured, and describes the issue. The thresholds are those for
  /// calls, without a minimum number of calls.
  /// - Parameter rate: error rate, 0...1.
  func judge(measured rate: Double) -> (status: HealthStatus, issue: String?) {
    let status: HealthStatus =
      if rate > criticalErrorRate {
        .critical
      } else if rate >= unhealthyErrorRate && rate > 0 {
        .unhealthy
      } else if rate >= degradedErrorRate && rate > 0 {
        .degraded
      } else {
        .healthy
      }
    guard status != .healthy else { return (status, nil) }
    return (status, "the check measured an error rate of \((rate * 1_000).rounded() / 10) %")
  }
}

extension HealthOptions {
  /// Returns the start of the earliest bucket that can be in a component's window.
  static func earliestBucket(at now: Timestamp) -> Timestamp {
    // The longest window, plus one bucket of it.
    now + .seconds(-310)
  }

  /// Sums the ledger's buckets that are in a component's sliding window at `now`.
  /// - Parameter buckets: buckets of one component, in time order.
  func summary(of buckets: some Sequence<HealthWindowBucket>, at now: Timestamp) -> HealthWindow.Summary {
    var summary = HealthWindow.Summary()
    for bucket in buckets where now - bucket.start < window && !bucket.start.isAhead(of: now) {
      summary.add(bucket.summary)
    }
    return summary
  }
}
