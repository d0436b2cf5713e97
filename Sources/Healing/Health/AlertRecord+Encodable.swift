extension AlertRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, component, kind, resolved, status, message, timestamp
    case previousStatus = "previous_status"
  }

  /// Encodes the fields of an `alert` event of `GET /events`, as webhooks and programs receive it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(component, forKey: .component)
    try container.encode(kind, forKey: .kind)
    try container.encode(isResolved, forKey: .resolved)
    try container.encode(status, forKey: .status)
    try container.encode(previousStatus, forKey: .previousStatus)
    try container.encode(message, forKey: .message)
    try container.encode(at, forKey: .timestamp)
  }
}
