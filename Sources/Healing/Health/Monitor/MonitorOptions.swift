/// How a ``HealthMonitor`` watches and when it alerts.
public struct MonitorOptions: Sendable, Hashable {
  /// Between two looks at a component, 1 ms...24 h. Default 30 s.
  public let checkInterval: Duration
  /// From which status on somebody is told. Default unhealthy.
  public let alertThreshold: HealthStatus
  /// How often an incident that goes on is told again, 1 s...30 days; `nil`: never. Default 1 h.
  public let reminderInterval: Duration?

  /// All defaults.
  public static let standard = MonitorOptions()

  private init() {
    checkInterval = .seconds(30)
    alertThreshold = .unhealthy
    reminderInterval = .seconds(3600)
  }

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``; a threshold of `healthy` is refused, since everything would be an incident.
  public init(
    checkInterval: Duration = .seconds(30), alertThreshold: HealthStatus = .unhealthy,
    reminderInterval: Duration? = .seconds(3600)
  ) throws(InvalidOption) {
    try InvalidOption.check(
      "MonitorOptions.checkInterval", checkInterval, in: .milliseconds(1)...(.seconds(86_400)))
    guard alertThreshold > .healthy else {
      throw InvalidOption(
        "MonitorOptions.alertThreshold", alertThreshold.rawValue, allowed: "degraded, unhealthy, critical")
    }
    if let reminderInterval {
      try InvalidOption.check(
        "MonitorOptions.reminderInterval", reminderInterval, in: .seconds(1)...(.seconds(30 * 86_400)))
    }
    self.checkInterval = checkInterval
    self.alertThreshold = alertThreshold
    self.reminderInterval = reminderInterval
  }
}
