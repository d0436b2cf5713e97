/// A component that is new to an engine was refused: the engine and its ledger have as many as ``RecoveryEngine``'s
/// `componentLimit` allows. Nothing was recorded, and no other component is affected.
public struct ComponentLimitError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The new component.
  public let component: ComponentName
  /// How many components there may be.
  public let limit: Int

  /// From its parts.
  public init(component: ComponentName, limit: Int) {
    self.component = component
    self.limit = limit
  }

  /// One line with both and the remedy.
  public var description: String {
    "\(component) is a new component, and the limit of \(limit) components is reached; "
      + "forget components that are no longer used, or raise the limit"
  }
}
