/// Recoveries by component: one row of `by_component`.
public struct ComponentTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The totals.
  public var totals: GroupTotals

  /// Creates a row.
  public init(component: ComponentName, totals: GroupTotals) {
    self.component = component
    self.totals = totals
  }
}
