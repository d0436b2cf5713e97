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
