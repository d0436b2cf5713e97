/// Reads the events of all processes in commit order. Positions only rise: an event after a position was
/// committed later, and no event is added before it. A reader that stores its last position misses no event and
/// reads none twice.
public protocol FeedRepository: Sendable {
  /// Returns the position of the last event; 0 before the first.
  func lastPosition() async throws(LedgerError) -> Int64
  /// Returns up to `limit` events after a position, in order.
  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent]
}
