/// A component the ledger knows.
public struct ComponentRecord: Sendable, Hashable {
  /// Its name.
  public var name: ComponentName
  /// When it was first heard of.
  public var registeredAt: Timestamp
  /// How often its metrics were reset.
  public var epoch: Int64
  /// From when on its metrics count.
  public var epochStartedAt: Timestamp

  /// A record from its parts.
  public init(name: ComponentName, registeredAt: Timestamp, epoch: Int64, epochStartedAt: Timestamp) {
    self.name = name
    self.registeredAt = registeredAt
    self.epoch = epoch
    self.epochStartedAt = epochStartedAt
  }
}
