extension ComponentRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, epoch
    case registeredAt = "registered_at"
    case epochStartedAt = "epoch_started_at"
  }

  /// Encodes `component`, `registered_at`, `epoch` and `epoch_started_at`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .component)
    try container.encode(registeredAt, forKey: .registeredAt)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(epochStartedAt, forKey: .epochStartedAt)
  }
}
