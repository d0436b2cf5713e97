extension BreakerSnapshot: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, state, override, tripped, timestamp
    case failureCount = "failure_count"
    case successCount = "success_count"
    case lastFailure = "last_failure"
    case remainingMs = "remaining_ms"
    case consecutiveTrips = "consecutive_trips"
    case probeRounds = "probe_rounds"
    case openUntil = "open_until"
    case tripErrorId = "trip_error_id"
  }

  /// Encodes the fields of an entry of `GET /circuit-breakers` as of ``updatedAt``, and `component`,
  /// `consecutive_trips`, `probe_rounds`, `tripped`, `open_until`, `trip_error_id` and `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(state, forKey: .state)
    try container.encode(failureCount, forKey: .failureCount)
    try container.encode(successCount, forKey: .successCount)
    try container.encode(lastFailureAt, forKey: .lastFailure)
    try container.encode(remainingWait(at: updatedAt).milliseconds, forKey: .remainingMs)
    try container.encode(activeOverride(at: updatedAt)?.kind, forKey: .override)
    try container.encode(consecutiveTrips, forKey: .consecutiveTrips)
    try container.encode(probeRounds, forKey: .probeRounds)
    try container.encode(trippedAt, forKey: .tripped)
    try container.encode(openUntil, forKey: .openUntil)
    try container.encode(tripErrorID, forKey: .tripErrorId)
    try container.encode(updatedAt, forKey: .timestamp)
  }
}
