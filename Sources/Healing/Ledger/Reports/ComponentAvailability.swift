/// Availability of a component in a range, by three measures: one row of `availability`.
public struct ComponentAvailability: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Executions, rejected ones included.
  public var calls: Int64
  /// Share of the calls that callers saw succeed, 0...1; `nil` without calls.
  public var effective: Double?
  /// Share of the attempts that the component answered, 0...1; `nil` without attempts.
  public var actual: Double?
  /// Minutes with traffic. No traffic is neither up nor down.
  public var observedMinutes: Int64
  /// Observed minutes that were bad, as in an ``Incident`` with the standard ``IncidentRules``.
  public var badMinutes: Int64
  /// Share of the observed minutes that were not bad, 0...1; `nil` without any: retention has deleted the sums of minutes.
  public var byTime: Double?

  package init(
    component: ComponentName, calls: Int64, effective: Double?, actual: Double?, observedMinutes: Int64,
    badMinutes: Int64, byTime: Double?
  ) {
    self.component = component
    self.calls = calls
    self.effective = effective
    self.actual = actual
    self.observedMinutes = observedMinutes
    self.badMinutes = badMinutes
    self.byTime = byTime
  }

  /// Returns how fast the error budget of an objective is spent: 1 spends it exactly.
  /// - Parameters:
  ///   - objective: share of calls that have to succeed, 0..<1.
  ///   - minCalls: with fewer calls the result is `nil`.
  public func burn(objective: Double, minCalls: Int64 = 100) -> Double? {
    guard let effective, calls >= minCalls, (0..<1).contains(objective) else { return nil }
    return (1 - effective) / (1 - objective)
  }
}
