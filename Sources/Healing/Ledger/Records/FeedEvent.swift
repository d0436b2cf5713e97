/// An event of a ledger and its position in commit order.
public struct FeedEvent: Sendable, Hashable {
  /// Position from 1; rises, with gaps.
  public var position: Int64
  /// The event.
  public var event: RecoveryEvent

  /// Creates an event.
  public init(position: Int64, event: RecoveryEvent) {
    self.position = position
    self.event = event
  }
}
