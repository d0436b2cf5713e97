/// What callers of a component saw in a minute, or in several: one row of `incident_minutes`.
public struct IncidentMinute: Sendable, Hashable, Encodable {
  /// The component.
  public var component: ComponentName
  /// Start of the minute.
  public var at: Timestamp
  /// Attempts that succeeded or failed.
  public var attempts: Int64
  /// Attempts that failed.
  public var failures: Int64
  /// Executions whose first attempt was made.
  public var executions: Int64
  /// Attempts beyond the first of an execution.
  public var extraAttempts: Int64
  /// Executions whose first attempt was not made.
  public var rejected: Int64
  /// Executions that a retry or another strategy saved.
  public var saved: Int64
  /// Executions that a fallback answered.
  public var degraded: Int64
  /// Executions that were lost, undone or interrupted.
  public var unanswered: Int64

  package init(component: ComponentName, at: Timestamp) {
    self.component = component
    self.at = at
    (attempts, failures, executions, extraAttempts) = (0, 0, 0, 0)
    (rejected, saved, degraded, unanswered) = (0, 0, 0, 0)
  }

  /// Executions, rejected ones included.
  public var calls: Int64 { executions.addingClamped(rejected) }
  /// Share of the attempts that failed, 0...1; `nil` without attempts.
  public var actualError: Double? { attempts > 0 ? min(1, Double(failures) / Double(attempts)) : nil }
  /// Share of the calls that nothing answered, 0...1; `nil` without calls.
  public var effectiveError: Double? { calls > 0 ? min(1, Double(unanswered) / Double(calls)) : nil }

  /// Adds the counts of another minute of the component.
  package mutating func add(_ other: IncidentMinute) {
    attempts.addClamped(other.attempts)
    failures.addClamped(other.failures)
    executions.addClamped(other.executions)
    extraAttempts.addClamped(other.extraAttempts)
    rejected.addClamped(other.rejected)
    saved.addClamped(other.saved)
    degraded.addClamped(other.degraded)
    unanswered.addClamped(other.unanswered)
  }
}
