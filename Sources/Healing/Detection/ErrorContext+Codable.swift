extension ErrorContext: Codable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, operation, attempt, type, message, fingerprint, metadata, occurrences
    case executionID = "execution_id"
    case requestID = "request_id"
    case userID = "user_id"
    case causeID = "cause_id"
    case parentExecutionID = "parent_execution_id"
  }

  /// The names that differ in JSON of earlier releases.
  private enum FormerKeys: String, CodingKey {
    case at, classification, executionID, requestID, userID, causeID
  }

  /// Decodes an error, also one that an earlier release encoded, and redacts its texts.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let former = try decoder.container(keyedBy: FormerKeys.self)
    func optional<Value: Decodable>(_ key: CodingKeys, _ formerKey: FormerKeys) throws -> Value? {
      try values.decodeIfPresent(Value.self, forKey: key)
        ?? former.decodeIfPresent(Value.self, forKey: formerKey)
    }
    self.init(
      id: try values.decode(LedgerID.self, forKey: .id),
      at: try values.decodeIfPresent(Timestamp.self, forKey: .timestamp)
        ?? former.decode(Timestamp.self, forKey: .at),
      component: try values.decode(ComponentName.self, forKey: .component),
      operation: try values.decode(String.self, forKey: .operation),
      executionID: try optional(.executionID, .executionID),
      attempt: try values.decode(Int.self, forKey: .attempt),
      classification: try former.decodeIfPresent(ErrorClassification.self, forKey: .classification)
        ?? ErrorClassification(from: decoder),
      type: try values.decode(String.self, forKey: .type),
      message: try values.decode(String.self, forKey: .message),
      fingerprint: try values.decode(Fingerprint.self, forKey: .fingerprint),
      requestID: try optional(.requestID, .requestID), userID: try optional(.userID, .userID),
      metadata: try values.decode([String: String].self, forKey: .metadata),
      occurrences: try values.decode(Int.self, forKey: .occurrences),
      causeID: try optional(.causeID, .causeID),
      parentExecutionID: try values.decodeIfPresent(LedgerID.self, forKey: .parentExecutionID))
  }

  /// Encodes the fields of an `error` event of `GET /events`, those of ``classification``, and `execution_id`,
  /// `parent_execution_id`, `fingerprint`, `user_id` and `metadata`.
  public func encode(to encoder: any Encoder) throws {
    try classification.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(executionID, forKey: .executionID)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(type, forKey: .type)
    try container.encode(message, forKey: .message)
    try container.encode(fingerprint, forKey: .fingerprint)
    try container.encode(requestID, forKey: .requestID)
    try container.encode(userID, forKey: .userID)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(causeID, forKey: .causeID)
    try container.encode(parentExecutionID, forKey: .parentExecutionID)
    try container.encode(occurrences, forKey: .occurrences)
  }
}
