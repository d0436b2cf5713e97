/// Follows a ledger: events of all processes in the order in which they became durable. Positions only rise: what is
/// read after a position was committed later, and nothing is ever added before it, so whoever remembers the last
/// position misses nothing and sees nothing twice.
public protocol FeedRepository: Sendable {
  /// The position of the last event; 0 before the first.
  func lastPosition() async throws(LedgerError) -> Int64
  /// Up to `limit` events after a position, in order.
  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent]
}
