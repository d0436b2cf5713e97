/// Whether an incident is known to those who are to be told, as a pure state. Times are nanoseconds of the monotonic clock:
/// a wall clock that jumps neither brings a reminder forward nor puts it off.
struct AlertState: Sendable {
  /// When somebody was last told of the incident under way; `nil`: there is none.
  private(set) var toldAt: Int64?

  /// The last alert that this is by.
  var last: LedgerID?
  /// The ledger's last alert when it was last asked.
  private var seen: LedgerID?

  /// Nothing was told yet.
  init() {}

  /// What follows from the component's last alert, as a ledger remembers it. One from the future was told by a clock that
  /// was wrong, and counts as none.
  init(last: AlertRecord, wall: Timestamp, monotonic: Int64) {
    self.last = last.id
    seen = last.id
    guard last.kind != .recovered, last.at <= wall else { return }
    toldAt = monotonic - min((wall - last.at).nanoseconds, .max / 4)
  }

  /// Whether the ledger's last alert is news: neither told here nor seen before. The ledger's order says what is last, so
  /// neither ids nor times are compared.
  func isNews(_ alert: AlertRecord) -> Bool { alert.id != last && alert.id != seen }

  /// Takes note of the ledger's last alert.
  mutating func see(_ alert: AlertRecord) { seen = alert.id }

  /// What is to be told now.
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
