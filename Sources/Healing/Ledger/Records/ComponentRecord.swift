/// A component that the ledger knows.
public struct ComponentRecord: Sendable, Hashable {
  /// The component's name.
  public var name: ComponentName
  /// When the component was first recorded.
  public var registeredAt: Timestamp
  /// Number of resets of the component's metrics.
  public var epoch: Int64
  /// Start of the current metrics epoch.
  public var epochStartedAt: Timestamp

  /// Creates a record.
  public init(name: ComponentName, registeredAt: Timestamp, epoch: Int64, epochStartedAt: Timestamp) {
    self.name = name
    self.registeredAt = registeredAt
    self.epoch = epoch
    self.epochStartedAt = epochStartedAt
  }
}

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
