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
