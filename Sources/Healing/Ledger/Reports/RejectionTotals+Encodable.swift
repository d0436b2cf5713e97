extension RejectionTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, operation, reason, calls
  }

  /// Encodes `component`, `operation`, `reason` and `calls`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(reason, forKey: .reason)
    try container.encode(calls, forKey: .calls)
  }
}
