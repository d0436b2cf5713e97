/// An act of an operator on a circuit, and the five minutes before and after it: one row of `override_effect`.
public struct OverrideEffect: Sendable, Hashable, Encodable {
  /// Whether callers got more answers afterwards. Other causes can have changed at the same time.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// The share of unanswered calls fell: the bounds of the difference exclude 0.
    case helped
    /// The share rose.
    case hurt
    /// The bounds of the difference include 0.
    case noDifference = "no_difference"
    /// Less than 20 calls before or after.
    case tooFew = "too_few"
  }

  /// The five minutes before or after.
  public struct Side: Sendable, Hashable, Encodable {
    /// Attempts that succeeded or failed.
    public var attempts: Int64
    /// Attempts that failed.
    public var failures: Int64
    /// Executions, rejected ones included.
    public var calls: Int64
    /// Executions that were lost, undone or interrupted.
    public var unanswered: Int64

    package init(attempts: Int64, failures: Int64, calls: Int64, unanswered: Int64) {
      self.attempts = attempts
      self.failures = failures
      self.calls = calls
      self.unanswered = unanswered
    }
  }

  /// The component.
  public var component: ComponentName
  /// Id of the row of the act.
  public var ref: LedgerID
  /// When the operator acted.
  public var at: Timestamp
  /// What was done: `forced_open`, `forced_closed`, `override_lifted` or `reset`.
  public var action: String
  /// The operator.
  public var actor: String?
  /// The operator's reason.
  public var note: String?
  /// The five whole minutes before the minute of the act.
  public var before: Side
  /// The five whole minutes after it.
  public var after: Side
  /// Whether callers got more answers afterwards.
  public var verdict: Verdict

  package init(
    component: ComponentName, ref: LedgerID, at: Timestamp, action: String, actor: String?, note: String?,
    before: Side, after: Side
  ) {
    self.component = component
    self.ref = ref
    self.at = at
    self.action = action
    self.actor = actor
    self.note = note
    self.before = before
    self.after = after
    let difference = ProportionDifference(
      of: ProportionEstimate(hits: before.unanswered, of: before.calls),
      minus: ProportionEstimate(hits: after.unanswered, of: after.calls))
    verdict =
      if before.calls < 20 || after.calls < 20 {
        .tooFew
      } else if difference.lower > 0 {
        .helped
      } else if difference.upper < 0 {
        .hurt
      } else {
        .noDifference
      }
  }
}
