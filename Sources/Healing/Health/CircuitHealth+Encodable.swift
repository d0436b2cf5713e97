extension CircuitHealth: Encodable {
  private enum CodingKeys: String, CodingKey {
    case state, override, since, reason, until
  }

  /// Encodes the fields of `circuit` in `GET /health?component=`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(state, forKey: .state)
    try container.encode(override, forKey: .override)
    try container.encode(since, forKey: .since)
    try container.encode(reason, forKey: .reason)
    try container.encode(until, forKey: .until)
  }
}
