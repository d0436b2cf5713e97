/// Reads circuit breakers.
public protocol BreakerRepository: Sendable {
  /// Returns the latest state of every breaker, by component.
  func all() async throws(LedgerError) -> [BreakerSnapshot]
  /// Returns the latest state of a component's breaker; `nil` without a breaker.
  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot?
  /// Returns the latest state of every breaker that is not closed or has an override, expired ones included.
  /// An implementation should not read the closed breakers; the default reads all breakers.
  func unusual() async throws(LedgerError) -> [BreakerSnapshot]
  /// Returns the components that have a breaker.
  func names() async throws(LedgerError) -> Set<ComponentName>
  /// Returns the last `limit` transitions, newest last.
  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
}

extension BreakerRepository {
  /// Reads all breakers.
  public func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await all().first { $0.component == component }
  }

  /// Reads all breakers.
  public func unusual() async throws(LedgerError) -> [BreakerSnapshot] {
    try await all().filter { $0.state != .closed || $0.override != nil }
  }

  /// Reads all breakers.
  public func names() async throws(LedgerError) -> Set<ComponentName> {
    Set(try await all().map(\.component))
  }
}
