/// How a ``HealthMonitor`` watches and when it alerts.
public struct MonitorOptions: Sendable, Hashable {
  /// Between two looks at a component, 1 ms...24 h. Default 30 s.
  public let checkInterval: Duration
  /// From which status on somebody is told. Default unhealthy.
  public let alertThreshold: HealthStatus
  /// How often an incident that goes on is told again, 1 s...30 days; `nil`: never. Default 1 h.
  public let reminderInterval: Duration?
  /// How long a circuit must not have been closed before an alert about it is sent, 0...1 h. A circuit that closes sooner
  /// sends none. Default 10 s.
  public let circuitAlertDelay: Duration

  /// How old the last row of a component gets before a check that found the same status becomes a row: 10 min. A check that
  /// changed the status, and a component's first check in a process, become rows at once.
  public static let unchangedRowInterval = Duration.seconds(600)

  /// All defaults.
  public static let standard = MonitorOptions()

  private init() {
    checkInterval = .seconds(30)
    alertThreshold = .unhealthy
    reminderInterval = .seconds(3600)
    circuitAlertDelay = .seconds(10)
  }

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``; a threshold of `healthy` is refused, since everything would be an incident.
  public init(
    checkInterval: Duration = .seconds(30), alertThreshold: HealthStatus = .unhealthy,
    reminderInterval: Duration? = .seconds(3600), circuitAlertDelay: Duration = .seconds(10)
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
    try InvalidOption.check(
      "MonitorOptions.circuitAlertDelay", circuitAlertDelay, in: .zero...(.seconds(3600)))
    self.checkInterval = checkInterval
    self.alertThreshold = alertThreshold
    self.reminderInterval = reminderInterval
    self.circuitAlertDelay = circuitAlertDelay
  }
}
