/// Which alerts about incidents were sent. A pure value: it is restored from the alerts in the ledger.
struct IncidentAlerts: Sendable {
  private var last: [String: AlertRecord] = [:]

  /// Adds an alert that this or another process has sent.
  mutating func add(_ alert: AlertRecord) {
    guard let incident = alert.incident else { return }
    // An incident ends once. The alerts of two processes can arrive in any order.
    if last[incident.id]?.isResolved != true { last[incident.id] = alert }
  }

  /// Forgets the ended incidents that began before a time.
  mutating func forget(before time: Timestamp) {
    last = last.filter { !$0.value.isResolved || $0.value.incident.map { $0.startedAt >= time } ?? false }
  }

  /// The incidents that were opened and have not ended, by id.
  var open: [AlertedIncident] {
    last.values.filter { !$0.isResolved }.compactMap(\.incident).sorted { $0.id < $1.id }
  }

  /// Returns the kinds that may be sent about an incident now; none after its end.
  /// - Parameter mitigates: whether the alert about its mitigation is due.
  func due(_ incident: Incident, _ rules: IncidentRules, at now: Timestamp) -> AlertRecord.Kind? {
    guard let sent = last[incident.id] else { return incident.isOngoing ? .incidentOpened : nil }
    guard !sent.isResolved else { return nil }
    // A minute that begins at the end of the quiet still belongs to the incident, and is written after it is over.
    if now >= incident.endedAt + rules.quiet + .seconds(75) { return .incidentEnded }
    return incident.isOngoing && sent.kind == .incidentOpened ? .incidentMitigated : nil
  }
}
