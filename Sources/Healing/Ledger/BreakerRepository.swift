/// Reads circuit breakers.
public protocol BreakerRepository: Sendable {
  /// The latest state of every breaker, by component.
  func all() async throws(LedgerError) -> [BreakerSnapshot]
  /// The last `limit` state changes, newest last.
  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
}
