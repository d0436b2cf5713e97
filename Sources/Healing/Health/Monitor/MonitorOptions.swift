/// How often a ``HealthMonitor`` checks, and when it sends alerts.
public struct MonitorOptions: Sendable, Hashable {
  /// Interval between two checks of a component, 1 ms...24 h. Default 30 s.
  public let checkInterval: Duration
  /// Status at or above which alerts are sent. Default unhealthy.
  public let alertThreshold: HealthStatus
  /// Interval of reminders while an incident lasts, 1 s...30 days; `nil`: no reminders. Default 1 h.
  public let reminderInterval: Duration?
  /// Time for which a circuit must not have been closed before an alert about it is sent, 0...1 h. A circuit
  /// that closes sooner sends no alert. Default 10 s.
  public let circuitAlertDelay: Duration

  /// Age of a component's last row from which a check with the same status is recorded: 10 min. A check that
  /// changed the status, and a component's first check in a process, are recorded at once.
  public static let unchangedRowInterval = Duration.seconds(600)

  /// The default options.
  public static let standard = MonitorOptions()

  private init() {
    checkInterval = .seconds(30)
    alertThreshold = .unhealthy
    reminderInterval = .seconds(3600)
    circuitAlertDelay = .seconds(10)
  }

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``; also for a threshold of `healthy`, at which every check would be an incident.
  public init(
    checkInterval: Duration = .seconds(30), alertThreshold: HealthStatus = .unhealthy,
    reminderInterval: Duration? = .seconds(3600), circuitAlertDelay: Duration = .seconds(10)
  ) throws(InvalidOptionError) {
    try InvalidOptionError.check(
      "MonitorOptions.checkInterval", checkInterval, in: .milliseconds(1)...(.seconds(86_400)))
    guard alertThreshold > .healthy else {
      throw InvalidOptionError(
        "MonitorOptions.alertThreshold", alertThreshold.rawValue, allowed: "degraded, unhealthy, critical")
    }
    if let reminderInterval {
      try InvalidOptionError.check(
        "MonitorOptions.reminderInterval", reminderInterval, in: .seconds(1)...(.seconds(30 * 86_400)))
    }
    try InvalidOptionError.check(
      "MonitorOptions.circuitAlertDelay", circuitAlertDelay, in: .zero...(.seconds(3600)))
    self.checkInterval = checkInterval
    self.alertThreshold = alertThreshold
    self.reminderInterval = reminderInterval
    self.circuitAlertDelay = circuitAlertDelay
  }
}
