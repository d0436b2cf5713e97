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
