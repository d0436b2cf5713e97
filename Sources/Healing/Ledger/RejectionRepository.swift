/// Reads rejected calls.
public protocol RejectionRepository: Sendable {
  /// Returns the last `limit` rows, newest last. Past ``RejectedCall/rowsPerSecond``, a component's rejected
  /// calls have no row.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall]
  /// Returns all rejected calls of a range by component, operation and reason, in this order, from the
  /// component's last reset of metrics.
  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
}

/// Rejected calls of one operation: one row of `rejections`.
public struct RejectionTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The operation's name; `merged` for further operations of a component that has too many.
  public var operation: String
  /// Why the calls were rejected.
  public var reason: RejectionReason
  /// Number of calls.
  public var calls: Int64

  /// Creates a row.
  public init(component: ComponentName, operation: String, reason: RejectionReason, calls: Int64) {
    self.component = component
    self.operation = operation
    self.reason = reason
    self.calls = calls
  }
}
