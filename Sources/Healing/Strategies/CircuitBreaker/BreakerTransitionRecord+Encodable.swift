extension BreakerTransitionRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, from, to, reason, actor, note
    case failureCount = "failure_count"
    case consecutiveTrips = "consecutive_trips"
    case openUntil = "open_until"
    case errorId = "error_id"
  }

  /// Encodes the fields of a `transition` event of `GET /events`, and `consecutive_trips`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(reason, forKey: .reason)
    try container.encode(failureCount, forKey: .failureCount)
    try container.encode(consecutiveTrips, forKey: .consecutiveTrips)
    try container.encode(openUntil, forKey: .openUntil)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(actor, forKey: .actor)
    try container.encode(note, forKey: .note)
  }
}
