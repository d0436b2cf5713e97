/// An alert about a component: one row of the ledger, and the argument of alert handlers.
public struct AlertRecord: Sendable, Hashable {
  /// Why the alert was sent. Raw values are in the ledger and in JSON.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The status reached the threshold: an incident begins.
    case raised
    /// The incident lasts: a repeated alert.
    case reminder
    /// The status is under the threshold: the incident ends.
    case recovered
    /// The circuit has not been closed for ``MonitorOptions/circuitAlertDelay``. Begins the incident when there
    /// is none.
    case circuitOpened = "circuit_opened"
    /// A circuit that was reported as open is closed. Ends the incident when the status is under the threshold.
    case circuitClosed = "circuit_closed"
    /// The health check that began the incident was removed, or the component was forgotten: the incident ends,
    /// although the component may still be bad.
    case unwatched
    /// An incident began: components failed together. About ``AlertRecord/incident``, not about one component.
    case incidentOpened = "incident_opened"
    /// The incident lasts, but for 5 minutes its callers have seen fewer errors than make an incident.
    case incidentMitigated = "incident_mitigated"
    /// The incident ended, or joined another one.
    case incidentEnded = "incident_ended"
  }

  /// The row's id.
  public var id: LedgerID
  /// When the alert was sent.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// Why the alert was sent.
  public var kind: Kind
  /// Whether the incident ends with this alert.
  public let isResolved: Bool
  /// The component's status when the alert was sent.
  public var status: HealthStatus
  /// The status before; `nil` when it did not change.
  public var previousStatus: HealthStatus?
  /// A one-line message for operators, without secrets.
  public let message: String
  /// The incident that the alert is about; `nil` for alerts about one component.
  public internal(set) var incident: AlertedIncident?

  /// Creates an alert.
  /// - Parameters:
  ///   - id: the row's id.
  ///   - at: when the alert was sent.
  ///   - component: the component.
  ///   - kind: why the alert was sent.
  ///   - status: the component's status at that time.
  ///   - previousStatus: the status before; `nil` when it did not change.
  ///   - message: the message; redacted before it is stored.
  ///   - isResolved: whether the incident ends with a ``Kind/circuitClosed``; ignored for the other kinds,
  ///     which determine it.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, kind: Kind, status: HealthStatus,
    previousStatus: HealthStatus?, message: String, isResolved: Bool = true
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.kind = kind
    self.status = status
    self.previousStatus = previousStatus
    switch kind {
    case .raised, .reminder, .circuitOpened, .incidentOpened, .incidentMitigated: self.isResolved = false
    case .recovered, .unwatched, .incidentEnded: self.isResolved = true
    case .circuitClosed: self.isResolved = isResolved
    }
    incident = AlertedIncident(message: message, kind)
    // The message about an incident has only names of components and numbers; a changed id would begin it anew.
    self.message = incident == nil ? Redactor.redact(message) : message
  }

  /// Creates an alert about an incident.
  /// - Parameter kind: one of the three kinds about incidents.
  package init(id: LedgerID, at: Timestamp, kind: Kind, incident: AlertedIncident) {
    let status: HealthStatus =
      switch kind {
      case .incidentEnded: .healthy
      case .incidentMitigated: .degraded
      default: .unhealthy
      }
    self.init(
      id: id, at: at, component: Self.incidents, kind: kind, status: status, previousStatus: nil,
      message: incident.message(kind))
  }

  /// The component of alerts about incidents. It is none that is monitored, so the alerts of components stay as they are.
  package static let incidents: ComponentName = "alert.incidents"

  /// What a later alert supersedes: the alerts about a component or about an incident.
  var subject: String { incident?.id ?? component.text }
}

extension AlertRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, component, kind, resolved, status, message, timestamp, incident
    case previousStatus = "previous_status"
  }

  /// Encodes the fields of an `alert` event of `GET /events`, as webhooks and programs receive it. Only alerts about incidents
  /// have `incident`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(component, forKey: .component)
    try container.encode(kind, forKey: .kind)
    try container.encode(isResolved, forKey: .resolved)
    try container.encode(status, forKey: .status)
    try container.encode(previousStatus, forKey: .previousStatus)
    try container.encode(message, forKey: .message)
    try container.encode(at, forKey: .timestamp)
    try container.encodeIfPresent(incident, forKey: .incident)
  }
}
