/// Whether an alert was sent for the current incident of a component. A pure state. Times are nanoseconds of the monotonic
/// clock, so a jump of the wall clock does not move a reminder.
struct AlertState: Sendable {
  /// When the last alert for the current incident was sent; `nil`: there is no incident.
  private(set) var toldAt: Int64?

  /// The alert that this state follows from.
  var last: LedgerID?
  /// The ledger's last alert when it was last asked.
  private var seen: LedgerID?

  /// No alert was sent yet.
  init() {}

  /// The state after the component's last alert in the ledger. An alert from the future has the time of a wrong clock and
  /// counts as none.
  init(last: AlertRecord, wall: Timestamp, monotonic: Int64) {
    self.last = last.id
    seen = last.id
    guard last.kind != .recovered, last.at <= wall else { return }
    toldAt = monotonic - min((wall - last.at).nanoseconds, .max / 4)
  }

  /// Whether the ledger's last alert is new here: neither sent by this state nor seen before. The last is the one that was
  /// committed last; ids and times are not ordered here.
  func isNews(_ alert: AlertRecord) -> Bool { alert.id != last && alert.id != seen }

  /// Marks the ledger's last alert as seen.
  mutating func see(_ alert: AlertRecord) { seen = alert.id }

  /// The kind of alert to send now; `nil`: none.
  mutating func decide(_ status: HealthStatus, _ options: MonitorOptions, at now: Int64) -> AlertRecord.Kind?
  {
    guard status >= options.alertThreshold else {
      guard toldAt != nil else { return nil }
      toldAt = nil
      return .recovered
    }
    guard let told = toldAt else {
      toldAt = now
      return .raised
    }
    guard let interval = options.reminderInterval, now - told >= interval.nanoseconds else { return nil }
    toldAt = now
    return .reminder
  }
}
