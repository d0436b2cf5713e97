/// Thrown instead of calling a component whose bulkhead is full.
public struct BulkheadFullError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName
  /// The maximum number of concurrent calls.
  public let limit: Int

  /// Creates the error.
  public init(component: ComponentName, limit: Int) {
    self.component = component
    self.limit = limit
  }

  /// The component and the limit in one line.
  public var description: String {
    "\(component) has \(limit) calls in flight, its limit; this call was rejected"
  }
}
