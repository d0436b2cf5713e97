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
    /// Minutes were bad after the last error of the fault with which the trouble began, with 20 extra attempts and an
    /// amplification above 1.2: the load of the retries can be what keeps the component down.
    case sustaining
    /// Nothing of these.
    case neither
    /// Less than 20 extra attempts.
    case tooFew = "too_few"
    /// No extra attempts.
    case noRetries = "no_retries"
  }

  /// The component.
  public var component: ComponentName
  /// Bad minutes with calls: a minute is bad as in an ``Incident`` with the standard ``IncidentRules``.
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
  /// Bad minutes that begin after the last error of the fault with which their episode began; 0 where retention has deleted the
  /// rows of errors.
  public var sustainedMinutes: Int64
  /// Whether retrying helped.
  public var verdict: Verdict

  package init(
    component: ComponentName, badMinutes: Int64, attempts: Int64, extraAttempts: Int64, saved: Int64,
    actualSuccess: Double?, effectiveSuccess: Double?, amplification: Double?, sustainedMinutes: Int64,
    verdict: Verdict
  ) {
    self.component = component
    self.badMinutes = badMinutes
    self.attempts = attempts
    self.extraAttempts = extraAttempts
    self.saved = saved
    self.actualSuccess = actualSuccess
    self.effectiveSuccess = effectiveSuccess
    self.amplification = amplification
    self.sustainedMinutes = sustainedMinutes
    self.verdict = verdict
  }
}
