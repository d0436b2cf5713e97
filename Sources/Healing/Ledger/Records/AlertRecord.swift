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
    case .raised, .reminder, .circuitOpened: self.isResolved = false
    case .recovered, .unwatched: self.isResolved = true
    case .circuitClosed: self.isResolved = isResolved
    }
    self.message = Redactor.redact(message)
  }
}

extension AlertRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, component, kind, resolved, status, message, timestamp
    case previousStatus = "previous_status"
  }

  /// Encodes the fields of an `alert` event of `GET /events`, as webhooks and programs receive it.
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
  }
}
