extension RecoveryRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, operation, action, success, outcome, attempts, message, metadata,
      occurrences
    case executionId = "execution_id"
    case errorId = "error_id"
    case durationMs = "duration_ms"
    case gaveUp = "gave_up"
    case requestId = "request_id"
    case userId = "user_id"
  }

  /// Encodes the fields of an entry of `GET /recovery/recent`, and `id`, `execution_id`, `outcome`, `metadata` and
  /// `occurrences`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(executionID, forKey: .executionId)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(action, forKey: .action)
    try container.encode(success, forKey: .success)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(duration.milliseconds, forKey: .durationMs)
    try container.encode(message, forKey: .message)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(gaveUp, forKey: .gaveUp)
    try container.encode(requestID, forKey: .requestId)
    try container.encode(userID, forKey: .userId)
    try container.encode(occurrences, forKey: .occurrences)
  }
}
