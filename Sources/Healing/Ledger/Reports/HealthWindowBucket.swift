/// Ten seconds of a component's sliding health window.
public struct HealthWindowBucket: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Start of the ten seconds.
  public var start: Timestamp
  /// Attempts the dependency answered.
  public var successes: Int64
  /// Attempts it failed.
  public var failures: Int64
  /// Errors of critical severity.
  public var criticalErrors: Int64
  /// Sum of the durations in microseconds.
  public var durationSum: Int64

  /// A bucket from its parts.
  public init(
    component: ComponentName, start: Timestamp, successes: Int64, failures: Int64, criticalErrors: Int64,
    durationSum: Int64
  ) {
    self.component = component
    self.start = start
    self.successes = successes
    self.failures = failures
    self.criticalErrors = criticalErrors
    self.durationSum = durationSum
  }
}
