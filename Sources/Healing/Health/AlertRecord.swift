/// An alert about a component: one row of the ledger, and what handlers are given.
public struct AlertRecord: Sendable, Hashable {
  /// Why the alert was sent. Raw values are in the ledger and in JSON.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The status reached the threshold: an incident begins.
    case raised
    /// The incident lasts.
    case reminder
    /// The status is under the threshold: the incident ends.
    case recovered
    /// The circuit has not been closed for ``MonitorOptions/circuitAlertDelay``. Begins the incident when there is none.
    case circuitOpened = "circuit_opened"
    /// A circuit that was reported as open is closed. Ends the incident when the status is under the threshold.
    case circuitClosed = "circuit_closed"
    /// The health check that began the incident was removed, or the component was forgotten: the incident ends, and the
    /// component may still be bad.
    case unwatched
  }

  /// The row's id.
  public var id: LedgerID
  /// When.
  public var at: Timestamp
  /// About which component.
  public var component: ComponentName
  /// Why it was sent.
  public var kind: Kind
  /// Whether the incident ends with this alert.
  public let isResolved: Bool
  /// The status now.
  public var status: HealthStatus
  /// The status before.
  public var previousStatus: HealthStatus?
  /// One line for people, without secrets.
  public let message: String

  /// - Parameters:
  ///   - message: secrets are removed from it here.
  ///   - isResolved: for ``Kind/circuitClosed`` whether the incident ends with it. The other kinds decide by themselves.
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
