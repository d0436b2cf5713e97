/// An operator's word over a breaker: it holds until it is lifted or expires.
public struct CircuitOverride: Sendable, Hashable {
  /// What the operator forces.
  public enum Kind: String, Sendable, Codable {
    /// Every call is rejected.
    case forcedOpen = "forced_open"
    /// Every call goes through, whatever fails.
    case forcedClosed = "forced_closed"
  }

  /// Forced open or forced closed.
  public var kind: Kind
  /// Who forced it, without secrets.
  public let actor: String
  /// Why, without secrets.
  public let reason: String
  /// When it ends by itself; `nil` until it is lifted.
  public var expiresAt: Timestamp?

  /// An override from its parts.
  public init(kind: Kind, actor: String, reason: String, expiresAt: Timestamp? = nil) {
    self.kind = kind
    self.actor = Redactor.redactName(actor)
    self.reason = Redactor.redact(reason)
    self.expiresAt = expiresAt
  }
}
