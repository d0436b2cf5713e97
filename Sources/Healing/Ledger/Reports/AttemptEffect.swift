/// How often an attempt of retried executions helped: one row of `attempt_effect`.
public struct AttemptEffect: Sendable, Hashable, Encodable {
  /// The component.
  public var component: ComponentName
  /// Category of the error that began the retries; `nil` when retention has deleted the error's row.
  public var category: ErrorCategory?
  /// Number of the attempt, 2...20; the first retry is 2.
  public var attempt: Int
  /// Executions whose attempt before this one failed and that made this one; 0 in the one row of a component whose retries are
  /// all in merged rows.
  public var tried: Int64
  /// Executions that this attempt ended with success.
  public var won: Int64
  /// Mean time that retrying took in the executions that this attempt ended, in milliseconds; `nil` when it ended none.
  public var avgRetryMs: Double?
  /// Executions of the component that are in merged rows, of which the attempts are unknown.
  public var merged: Int64

  package init(
    component: ComponentName, category: ErrorCategory?, attempt: Int, tried: Int64, won: Int64,
    avgRetryMs: Double?, merged: Int64
  ) {
    self.component = component
    self.category = category
    self.attempt = attempt
    self.tried = tried
    self.won = won
    self.avgRetryMs = avgRetryMs
    self.merged = merged
  }

  /// Share of the executions that the attempt ended with success, 0...1, with Wilson's 95 % bounds.
  public var success: ProportionEstimate { ProportionEstimate(hits: won, of: tried) }

  /// Whether the attempt almost never helps: it was made at least 100 times, and the upper bound of its success is below 5 %.
  public var isUseless: Bool { tried >= 100 && success.upper < 0.05 }
}
