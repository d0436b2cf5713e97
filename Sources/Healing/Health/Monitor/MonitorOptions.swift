/// How often a ``HealthMonitor`` checks, and when it sends alerts.
public struct MonitorOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Interval between two checks of a component, 1 ms...24 h. Default 30 s.
  public var checkInterval: Duration
  /// Status at or above which alerts are sent. Default unhealthy.
  public var alertThreshold: HealthStatus
  /// Interval of reminders while an incident lasts, 1 s...30 days; `nil`: no reminders. Default 1 h.
  public var reminderInterval: Duration?
  /// Time for which a circuit must not have been closed before an alert about it is sent, 0...1 h. A circuit
  /// that closes sooner sends no alert. Default 10 s.
  public var circuitAlertDelay: Duration

  /// Age of a component's last row from which a check with the same status is recorded: 10 min. A check that
  /// changed the status, and a component's first check in a process, are recorded at once.
  public static let unchangedRowInterval = Duration.seconds(600)

  /// The default options.
  public static let standard = MonitorOptions()

  enum CodingKeys: String, CodingKey {
    case checkInterval = "check_interval_ms"
    case alertThreshold = "alert_threshold"
    case reminderInterval = "reminder_interval_ms"
    case circuitAlertDelay = "circuit_alert_delay_ms"
  }

  /// Creates options. ``HealthMonitor/init(engine:options:)`` checks them.
  public init(
    checkInterval: Duration = .seconds(30), alertThreshold: HealthStatus = .unhealthy,
    reminderInterval: Duration? = .seconds(3600), circuitAlertDelay: Duration = .seconds(10)
  ) {
    self.checkInterval = checkInterval
    self.alertThreshold = alertThreshold
    self.reminderInterval = reminderInterval
    self.circuitAlertDelay = circuitAlertDelay
  }

  /// Decodes options; an absent key has its default, and `null` as the reminder interval means no reminders.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      checkInterval: try fields.duration(forKey: .checkInterval) ?? .seconds(30),
      alertThreshold: try fields.decodeIfPresent(HealthStatus.self, forKey: .alertThreshold) ?? .unhealthy,
      reminderInterval: fields.contains(.reminderInterval)
        ? try fields.duration(forKey: .reminderInterval) : .seconds(3600),
      circuitAlertDelay: try fields.duration(forKey: .circuitAlertDelay) ?? .seconds(10))
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(milliseconds: checkInterval, forKey: .checkInterval)
    try fields.encode(alertThreshold, forKey: .alertThreshold)
    try fields.encode(reminderInterval?.milliseconds, forKey: .reminderInterval)
    try fields.encode(milliseconds: circuitAlertDelay, forKey: .circuitAlertDelay)
  }

  func check(_ checks: inout OptionChecks) {
    checks.check("MonitorOptions.checkInterval", checkInterval, from: .milliseconds(1), to: .seconds(86_400))
    // At a threshold of `healthy`, every check would begin an incident.
    checks.check(
      "MonitorOptions.alertThreshold", alertThreshold.rawValue, alertThreshold > .healthy,
      allowed: "degraded, unhealthy, critical")
    if let reminderInterval {
      checks.check(
        "MonitorOptions.reminderInterval", reminderInterval, from: .seconds(1), to: .seconds(30 * 86_400))
    }
    checks.check("MonitorOptions.circuitAlertDelay", circuitAlertDelay, from: .zero, to: .seconds(3600))
  }
}
