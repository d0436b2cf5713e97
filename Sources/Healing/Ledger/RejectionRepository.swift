/// Reads calls that were not made.
public protocol RejectionRepository: Sendable {
  /// The last `limit` rows, newest last. Past ``RejectedCall/rowsPerSecond`` calls of a component have no row.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall]
  /// All rejected calls of a range by component, operation and reason, in this order. Counts from the component's last
  /// reset.
  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
}

/// Rejected calls of one operation: one row of `rejections`.
public struct RejectionTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The call on it; `merged` for the later ones of a component that has very many.
  public var operation: String
  /// Why they were rejected.
  public var reason: RejectionReason
  /// How many.
  public var calls: Int64

  /// A row.
  public init(component: ComponentName, operation: String, reason: RejectionReason, calls: Int64) {
    self.component = component
    self.operation = operation
    self.reason = reason
    self.calls = calls
  }
}
