/// What the extra attempts of a component did in its bad minutes: one row of `retry_effect`.
public struct RetryEffect: Sendable, Hashable, Encodable {
  /// Whether retrying helped.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// At least 1 execution was saved for 5 extra attempts.
    case helped
    /// More than 30 % of the attempts were extra, and less than 1 execution was saved for 50 of them.
    case madeWorse = "made_worse"
    /// Neither of both.
    case neither
    /// Less than 20 extra attempts.
    case tooFew = "too_few"
    /// No extra attempts.
    case noRetries = "no_retries"
  }

  /// The component.
  public var component: ComponentName
  /// Minutes with 3 failures that are 5 % of the attempts, or with a rejected call.
  public var badMinutes: Int64
  /// Attempts that succeeded or failed.
  public var attempts: Int64
  /// Attempts beyond the first of an execution.
  public var extraAttempts: Int64
  /// Executions that a retry or another strategy saved.
  public var saved: Int64
  /// Share of the attempts that the component answered, 0...1; `nil` without attempts.
  public var actualSuccess: Double?
  /// Share of the executions, rejected ones included, that callers saw succeed, 0...1; `nil` without executions.
  public var effectiveSuccess: Double?
  /// Attempts for each execution; `nil` without executions.
  public var amplification: Double?
  /// Whether retrying helped.
  public var verdict: Verdict

  package init(
    component: ComponentName, badMinutes: Int64, attempts: Int64, extraAttempts: Int64, saved: Int64,
    actualSuccess: Double?, effectiveSuccess: Double?, amplification: Double?, verdict: Verdict
  ) {
    self.component = component
    self.badMinutes = badMinutes
    self.attempts = attempts
    self.extraAttempts = extraAttempts
    self.saved = saved
    self.actualSuccess = actualSuccess
    self.effectiveSuccess = effectiveSuccess
    self.amplification = amplification
    self.verdict = verdict
  }
}
