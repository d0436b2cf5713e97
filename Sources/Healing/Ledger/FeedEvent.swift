/// An event of a ledger and where it stands in the order of commits.
public struct FeedEvent: Sendable, Hashable {
  /// From 1, rising, not without holes.
  public var position: Int64
  /// What happened.
  public var event: RecoveryEvent

  /// From its parts.
  public init(position: Int64, event: RecoveryEvent) {
    self.position = position
    self.event = event
  }
}
