/// What callers of a component saw in a range: one row of `incident_impact`.
public struct ComponentImpact: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Attempts that succeeded or failed.
  public var attempts: Int64
  /// Attempts that failed.
  public var failures: Int64
  /// How the executions ended.
  public var executions: ExecutionTotals
  /// Attempts beyond the first of an execution.
  public var extraAttempts: Int64
  /// Share of the attempts that the component answered, 0...1; `nil` without attempts.
  public var actualSuccess: Double?
  /// Share of the executions, rejected ones included, that callers saw succeed, 0...1; `nil` without executions.
  public var effectiveSuccess: Double?
  /// Attempts for each execution: the load that retries add; `nil` without executions.
  public var amplification: Double?

  package init(
    component: ComponentName, attempts: Int64, failures: Int64, extraAttempts: Int64,
    executions: ExecutionTotals, actualSuccess: Double?, effectiveSuccess: Double?, amplification: Double?
  ) {
    self.component = component
    self.attempts = attempts
    self.failures = failures
    self.executions = executions
    self.extraAttempts = extraAttempts
    self.actualSuccess = actualSuccess
    self.effectiveSuccess = effectiveSuccess
    self.amplification = amplification
  }
}

extension ComponentImpact {
  /// Creates the sum of several components, with an empty name.
  package init(sumOf parts: [ComponentImpact]) {
    var ended = ExecutionTotals()
    var (attempts, failures, extra): (Int64, Int64, Int64) = (0, 0, 0)
    for part in parts {
      attempts.addClamped(part.attempts)
      failures.addClamped(part.failures)
      extra.addClamped(part.extraAttempts)
      ended.executions.addClamped(part.executions.executions)
      ended.rejected.addClamped(part.executions.rejected)
      ended.saved.addClamped(part.executions.saved)
      ended.degraded.addClamped(part.executions.degraded)
      ended.undone.addClamped(part.executions.undone)
      ended.lost.addClamped(part.executions.lost)
      ended.interrupted.addClamped(part.executions.interrupted)
    }
    let tried = ended.executions.addingClamped(extra)
    self.init(
      component: ComponentName(stored: ""), attempts: attempts, failures: failures, extraAttempts: extra,
      executions: ended,
      actualSuccess: attempts > 0
        ? max(0, Double(attempts - min(failures, attempts)) / Double(attempts)) : nil,
      effectiveSuccess: ended.effectiveSuccessRate,
      amplification: ended.executions > 0 ? Double(tried) / Double(ended.executions) : nil)
  }
}

extension ComponentImpact: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, attempts, failures, executions, rejected, saved, degraded, undone, lost, interrupted,
      amplification
    case extraAttempts = "extra_attempts"
    case actualSuccess = "actual_success"
    case effectiveSuccess = "effective_success"
  }

  /// Encodes the columns of `incident_impact`; the sum of several components has no component.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if !component.text.isEmpty { try container.encode(component, forKey: .component) }
    try container.encode(attempts, forKey: .attempts)
    try container.encode(failures, forKey: .failures)
    try container.encode(executions.executions, forKey: .executions)
    try container.encode(extraAttempts, forKey: .extraAttempts)
    try container.encode(executions.rejected, forKey: .rejected)
    try container.encode(executions.saved, forKey: .saved)
    try container.encode(executions.degraded, forKey: .degraded)
    try container.encode(executions.undone, forKey: .undone)
    try container.encode(executions.lost, forKey: .lost)
    try container.encode(executions.interrupted, forKey: .interrupted)
    try container.encodeIfPresent(actualSuccess, forKey: .actualSuccess)
    try container.encodeIfPresent(effectiveSuccess, forKey: .effectiveSuccess)
    try container.encodeIfPresent(amplification, forKey: .amplification)
  }
}
