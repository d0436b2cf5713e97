/// Reads circuit breakers.
public protocol BreakerRepository: Sendable {
  /// The latest state of every breaker, by component.
  func all() async throws(LedgerError) -> [BreakerSnapshot]
  /// The latest state of the breaker of a component; `nil` when it has none.
  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot?
  /// The last `limit` state changes, newest last.
  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
}

extension BreakerRepository {
  /// Reads all of them.
  public func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await all().first { $0.component == component }
  }
}
