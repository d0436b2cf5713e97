/// Thrown in place of calling a component that has as many calls under way as it may have.
public struct BulkheadFullError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName
  /// The most calls it may have under way.
  public let limit: Int

  /// From its parts.
  public init(component: ComponentName, limit: Int) {
    self.component = component
    self.limit = limit
  }

  /// One line with both.
  public var description: String { "\(component) has its \(limit) calls under way; this one was not made" }
}
