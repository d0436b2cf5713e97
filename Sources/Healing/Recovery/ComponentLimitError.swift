/// Thrown when an engine refuses a new component, because the engine and its ledger have as many as
/// ``RecoveryEngine``'s `componentLimit` allows. Nothing is recorded, and no other component is affected.
public struct ComponentLimitError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The new component.
  public let component: ComponentName
  /// The maximum number of components.
  public let limit: Int

  /// Creates the error.
  public init(component: ComponentName, limit: Int) {
    self.component = component
    self.limit = limit
  }

  /// The component, the limit and the remedy in one line.
  public var description: String {
    "\(component) is a new component, and the limit of \(limit) components is reached; "
      + "forget components that are no longer used, or raise the limit"
  }
}
