extension GroupTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case total, successful, attempts
    case avgDurationMs = "avg_duration_ms"
    case maxDurationMs = "max_duration_ms"
  }

  /// Encodes the fields of a group in `GET /recovery/stats`, and `attempts`, `avg_duration_ms` and
  /// `max_duration_ms`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(total, forKey: .total)
    try container.encode(successful, forKey: .successful)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(avgDurationMs, forKey: .avgDurationMs)
    try container.encode(maxDurationMs, forKey: .maxDurationMs)
  }
}
