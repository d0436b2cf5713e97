/// Recoveries by action: one row of `by_action`.
public struct ActionTotals: Sendable, Hashable {
  /// What was done.
  public var action: RecoveryAction
  /// The figures.
  public var totals: GroupTotals

  /// A row from its parts.
  public init(action: RecoveryAction, totals: GroupTotals) {
    self.action = action
    self.totals = totals
  }
}
