extension LedgerRange: Encodable {
  private enum CodingKeys: String, CodingKey {
    case since, until
  }

  /// Encodes the fields of `range` in `GET /recovery/stats`, not widened to whole minutes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(since, forKey: .since)
    try container.encode(until, forKey: .until)
  }
}
