/// Limits the concurrent calls of a component. A call past the limit is rejected; the breaker does not count
/// rejections.
public struct BulkheadOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// The limit, 1...100,000.
  public var maxConcurrentCalls: Int

  enum CodingKeys: String, CodingKey {
    case maxConcurrentCalls = "max_concurrent_calls"
  }

  /// Creates options.
  public init(maxConcurrentCalls: Int) { self.maxConcurrentCalls = maxConcurrentCalls }

  func check(_ checks: inout OptionChecks) {
    checks.check("BulkheadOptions.maxConcurrentCalls", maxConcurrentCalls, from: 1, to: 100_000)
  }
}

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
