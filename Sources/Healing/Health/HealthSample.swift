/// Outcomes and durations of one attempt, or of several merged ones, of a component: one row of the ledger.
public struct HealthSample: Sendable, Hashable {
  /// The component called.
  public var component: ComponentName
  /// When the last attempt it stands for ended.
  public var at: Timestamp
  /// The counts.
  public var counts: CallCounts

  /// A sample from its parts.
  public init(component: ComponentName, at: Timestamp, counts: CallCounts) {
    self.component = component
    self.at = at
    self.counts = counts
  }

  /// A sample of one attempt.
  public init(component: ComponentName, at: Timestamp, outcome: CallOutcome, duration: Duration) {
    self.component = component
    self.at = at
    self.counts = CallCounts()
    counts.add(outcome, microseconds: duration.microseconds)
  }
}
