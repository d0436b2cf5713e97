extension RejectedCall: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, operation, reason
    case executionId = "execution_id"
    case errorId = "error_id"
    case requestId = "request_id"
    case userId = "user_id"
  }

  /// Encodes the columns of `v_rejected_calls`, the time as `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(reason, forKey: .reason)
    try container.encode(executionID, forKey: .executionId)
    try container.encode(errorID, forKey: .errorId)
    try container.encode(requestID, forKey: .requestId)
    try container.encode(userID, forKey: .userId)
  }
}
