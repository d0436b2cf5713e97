extension ActionTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case action
  }

  /// Encodes `action` beside the fields of ``totals``.
  public func encode(to encoder: any Encoder) throws {
    try totals.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(action, forKey: .action)
  }
}
