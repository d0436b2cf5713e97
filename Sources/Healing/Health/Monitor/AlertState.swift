/// Which alerts were sent about the current incident of a component. A pure state. Times are nanoseconds of the monotonic
/// clock, so a jump of the wall clock does not move a reminder.
struct AlertState: Sendable {
  /// When the last alert about the current incident was sent; `nil`: there is no incident.
  private(set) var notifiedAt: Int64?
  /// Whether receivers were sent that the circuit is open, and not yet that it is closed.
  private var circuitIsReported = false
  /// Since when the circuit has not been closed; `nil` while it is closed.
  private var interruptedAt: Int64?
  /// The same in wall-clock time, which distinguishes one trip from the next.
  private var trip: Timestamp?

  /// The alert that this state follows from.
  var last: LedgerID?
  /// The ledger's last alert when it was last read.
  private var seen: LedgerID?

  /// No alert was sent yet.
  init() {}

  /// The state after the component's last alerts in the ledger. When the last one is from the future, it has the time of a
  /// wrong clock, and the state is that of no alert.
  /// - Parameter alerts: newest last.
  init(_ alerts: [AlertRecord], wall: Timestamp, monotonic: Int64) {
    last = alerts.last?.id
    seen = last
    guard let alert = alerts.last, !alert.isResolved, alert.at <= wall else { return }
    notifiedAt = monotonic - min((wall - alert.at).nanoseconds, .max / 4)
    for alert in alerts {
      switch alert.kind {
      case .circuitOpened: circuitIsReported = true
      case .raised, .recovered, .unwatched, .circuitClosed: circuitIsReported = false
      case .reminder: break
      }
    }
  }

  /// Whether an incident lasts.
  var isIncident: Bool { notifiedAt != nil }

  /// Whether the ledger's last alert is new here: neither sent by this state nor seen before. The last is the one that was
  /// committed last; ids and times are not ordered here.
  func isNews(_ alert: AlertRecord) -> Bool { alert.id != last && alert.id != seen }

  /// Marks the ledger's last alert as seen.
  mutating func see(_ alert: AlertRecord) { seen = alert.id }

  /// The kind of alert to send now; `nil`: none. The incident of a circuit that was reported lasts until the circuit is closed.
  mutating func decide(_ health: ComponentHealth, _ options: MonitorOptions, at now: Int64) -> AlertRecord
    .Kind?
  {
    follow(health, at: now)
    let isBad = health.status >= options.alertThreshold
    guard let interruptedAt else {
      guard circuitIsReported else { return decide(isBad: isBad, options, at: now) }
      circuitIsReported = false
      notifiedAt = isBad ? now : nil
      return .circuitClosed
    }
    if circuitIsReported { return decide(isBad: true, options, at: now) }
    guard now - interruptedAt >= options.circuitAlertDelay.nanoseconds else {
      // A circuit that may close soon begins no incident, and no incident ends while it is open.
      let status = health.statusWithoutCircuit
      return decide(isBad: isIncident || status >= options.alertThreshold, options, at: now)
    }
    guard isBad else { return decide(isBad: isIncident, options, at: now) }
    circuitIsReported = true
    notifiedAt = now
    return .circuitOpened
  }

  /// The same without regard to the circuit.
  private mutating func decide(isBad: Bool, _ options: MonitorOptions, at now: Int64) -> AlertRecord.Kind? {
    guard isBad else {
      guard isIncident else { return nil }
      notifiedAt = nil
      return .recovered
    }
    guard let notified = notifiedAt else {
      notifiedAt = now
      return .raised
    }
    guard let interval = options.reminderInterval, now - notified >= interval.nanoseconds else { return nil }
    notifiedAt = now
    return .reminder
  }

  /// Notes since when the circuit has not been closed. A stored time moves by fractions of a second when it is written anew.
  private mutating func follow(_ health: ComponentHealth, at now: Int64) {
    guard let circuit = health.circuit, circuit.isInterrupted else {
      (interruptedAt, trip) = (nil, nil)
      return
    }
    if interruptedAt != nil, let trip, let since = circuit.since,
      (.seconds(-1) ... .seconds(1)).contains(since - trip)
    {
      return
    }
    if interruptedAt != nil && circuit.since == nil { return }
    trip = circuit.since
    let age = circuit.since.map { max(0, (health.at - $0).nanoseconds) } ?? 0
    interruptedAt = now - min(age, .max / 4)
  }
}
