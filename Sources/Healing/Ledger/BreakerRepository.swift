/// Reads circuit breakers.
public protocol BreakerRepository: Sendable {
  /// The latest state of every breaker, by component.
  func all() async throws(LedgerError) -> [BreakerSnapshot]
  /// The latest state of the breaker of a component; `nil` when it has none.
  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot?
  /// The latest state of every breaker that is not closed or has an override, also one that has expired. Takes no longer for
  /// closed breakers.
  func unusual() async throws(LedgerError) -> [BreakerSnapshot]
  /// The components that have a breaker.
  func names() async throws(LedgerError) -> Set<ComponentName>
  /// The last `limit` state changes, newest last.
  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
}

extension BreakerRepository {
  /// Reads all of them.
  public func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await all().first { $0.component == component }
  }

  /// Reads all of them.
  public func unusual() async throws(LedgerError) -> [BreakerSnapshot] {
    try await all().filter { $0.state != .closed || $0.override != nil }
  }

  /// Reads all of them.
  public func names() async throws(LedgerError) -> Set<ComponentName> {
    Set(try await all().map(\.component))
  }
}
