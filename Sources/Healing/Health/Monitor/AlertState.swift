/// The alerts sent in the current incident of a component. A pure value. Times are nanoseconds of the monotonic
/// clock, so a jump of the wall clock does not move a reminder.
struct AlertState: Sendable {
  /// When the last alert of the current incident was sent; `nil` without an incident.
  private(set) var notifiedAt: Int64?
  /// Whether an alert reported the circuit as open and no later alert reported it as closed.
  private var circuitIsReported = false
  /// When the circuit left closed; `nil` while it is closed.
  private var interruptedAt: Int64?
  /// ``interruptedAt`` in wall-clock time, which distinguishes one trip from the next.
  private var trip: Timestamp?

  /// The last alert that this state takes into account.
  var last: LedgerID?
  /// The ledger's last alert when it was last read.
  private var seen: LedgerID?

  /// Creates a state without alerts.
  init() {}

  /// Creates the state after a component's last alerts in the ledger. If the last alert is from the future, a
  /// wrong clock set its time, and the state is that without alerts.
  /// - Parameter alerts: the alerts, newest last.
  init(_ alerts: [AlertRecord], wall: Timestamp, monotonic: Int64) {
    last = alerts.last?.id
    seen = last
    guard let alert = alerts.last, !alert.isResolved, alert.at <= wall else { return }
    notifiedAt = monotonic - min((wall - alert.at).nanoseconds, .max / 4)
    for alert in alerts {
      switch alert.kind {
      case .circuitOpened: circuitIsReported = true
      case .raised, .recovered, .unwatched, .circuitClosed: circuitIsReported = false
      case .reminder, .incidentOpened, .incidentMitigated, .incidentEnded: break
      }
    }
  }

  /// Whether an incident lasts.
  var isIncident: Bool { notifiedAt != nil }

  /// Whether the ledger's last alert is new: neither sent by this state nor seen before. The last alert is the
  /// last one committed; ids and times are not ordered here.
  func isNews(_ alert: AlertRecord) -> Bool { alert.id != last && alert.id != seen }

  /// Marks the ledger's last alert as seen.
  mutating func see(_ alert: AlertRecord) { seen = alert.id }

  /// Returns the kind of alert to send now; `nil` for no alert. The incident of a circuit that was reported
  /// lasts until the circuit is closed.
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
      // A circuit that may close soon does not begin an incident, and an incident does not end while the
      // circuit is open.
      let status = health.statusWithoutCircuit
      return decide(isBad: isIncident || status >= options.alertThreshold, options, at: now)
    }
    guard isBad else { return decide(isBad: isIncident, options, at: now) }
    circuitIsReported = true
    notifiedAt = now
    return .circuitOpened
  }

  /// Decides without regard to the circuit.
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

  /// Records when the circuit left closed. A stored time can shift by fractions of a second when it is
  /// rewritten.
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
