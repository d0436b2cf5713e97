/// Recoveries by component: one row of `by_component`.
public struct ComponentTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The figures.
  public var totals: GroupTotals

  /// A row from its parts.
  public init(component: ComponentName, totals: GroupTotals) {
    self.component = component
    self.totals = totals
  }
}
