/// A manual override of a breaker, in force until it is lifted or expires.
public struct CircuitOverride: Sendable, Hashable {
  /// The kinds of override.
  ///
  /// These cases are final: a circuit can be forced to admit all calls or none.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Every call is rejected.
    case forcedOpen = "forced_open"
    /// Every call is admitted, whatever fails.
    case forcedClosed = "forced_closed"
  }

  /// Forced open or forced closed.
  public var kind: Kind
  /// The operator who set the override, without secrets.
  public let actor: String
  /// The operator's reason, without secrets.
  public let reason: String
  /// When the override expires; `nil`: only lifting ends it.
  public var expiresAt: Timestamp?
  /// Length of the override when it was set, the upper bound of its remaining time; `nil` when it does not
  /// expire or was not set yet.
  public package(set) var holdsFor: Duration?

  /// Creates an override, and redacts `actor` and `reason`.
  public init(kind: Kind, actor: String, reason: String, expiresAt: Timestamp? = nil) {
    self.kind = kind
    self.actor = Redactor.redactName(actor)
    self.reason = Redactor.redact(reason)
    self.expiresAt = expiresAt
  }

  /// Returns the remaining time at `now`: `clamp(expiresAt − now, 0, holdsFor)`, so that a wall clock that was
  /// set back does not keep the override in force longer than its length. `nil` when it does not expire.
  public func remaining(at now: Timestamp) -> Duration? {
    guard let expiresAt else { return nil }
    let left = max(.zero, expiresAt - now)
    return holdsFor.map { min(left, $0) } ?? left
  }
}
