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
  /// How long it was to hold when it was forced, the bound of what is left of it; `nil` when it does not expire or was
  /// not forced yet.
  public package(set) var holdsFor: Duration?

  /// An override from its parts.
  public init(kind: Kind, actor: String, reason: String, expiresAt: Timestamp? = nil) {
    self.kind = kind
    self.actor = Redactor.redactName(actor)
    self.reason = Redactor.redact(reason)
    self.expiresAt = expiresAt
  }

  /// What is left of it at `now`: `clamp(expiresAt − now, 0, holdsFor)`, so that a wall clock that was set back cannot
  /// keep it in force longer than it was to hold. `nil` when it does not expire.
  public func remaining(at now: Timestamp) -> Duration? {
    guard let expiresAt else { return nil }
    let left = max(.zero, expiresAt - now)
    return holdsFor.map { min(left, $0) } ?? left
  }
}
