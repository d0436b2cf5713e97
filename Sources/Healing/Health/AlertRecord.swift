/// An alert that was raised, repeated or called off: one row of the ledger.
public struct AlertRecord: Sendable, Hashable {
  /// Why handlers were called.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The status went past the threshold.
    case raised
    /// It still is past it.
    case reminder
    /// It came back.
    case recovered
  }

  /// The row's id.
  public var id: LedgerID
  /// When.
  public var at: Timestamp
  /// About which component.
  public var component: ComponentName
  /// Raised, repeated or called off.
  public var kind: Kind
  /// The status now.
  public var status: HealthStatus
  /// The status before.
  public var previousStatus: HealthStatus?
  /// One line for people, without secrets.
  public let message: String

  /// A record from its parts. Secrets are removed from `message` here.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, kind: Kind, status: HealthStatus,
    previousStatus: HealthStatus?, message: String
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.kind = kind
    self.status = status
    self.previousStatus = previousStatus
    self.message = Redactor.redact(message)
  }
}
