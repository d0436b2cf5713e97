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
