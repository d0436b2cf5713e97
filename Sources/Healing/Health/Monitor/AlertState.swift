/// Whether an incident is known to those who are to be told, as a pure state.
struct AlertState: Sendable {
  /// When somebody was last told of the incident under way; `nil`: there is none.
  private(set) var toldAt: Timestamp?

  /// The last alert that this is by.
  var last: LedgerID?

  /// - Parameter last: the component's last alert, as a ledger remembers it.
  init(last: AlertRecord? = nil) {
    self.last = last?.id
    if let last, last.kind != .recovered { toldAt = last.at }
  }

  /// What is to be told now.
  mutating func decide(_ status: HealthStatus, _ options: MonitorOptions, at now: Timestamp)
    -> AlertRecord.Kind?
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
    // A clock that was set back must not put the next reminder off.
    if now < told { toldAt = now }
    guard let interval = options.reminderInterval, now - told >= interval else { return nil }
    toldAt = now
    return .reminder
  }
}
