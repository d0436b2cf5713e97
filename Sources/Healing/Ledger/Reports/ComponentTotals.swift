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

extension ComponentTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component
  }

  /// Encodes `component` beside the fields of ``totals``.
  public func encode(to encoder: any Encoder) throws {
    try totals.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
  }
}
