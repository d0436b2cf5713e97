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
