/// Recoveries by action: one row of `by_action`.
public struct ActionTotals: Sendable, Hashable {
  /// The action.
  public var action: RecoveryAction
  /// The totals.
  public var totals: GroupTotals

  /// Creates a row.
  public init(action: RecoveryAction, totals: GroupTotals) {
    self.action = action
    self.totals = totals
  }
}
