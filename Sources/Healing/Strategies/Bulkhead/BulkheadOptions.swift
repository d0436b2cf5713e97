/// Limits the concurrent calls of a component. A call past the limit is rejected; the breaker does not count
/// rejections.
public struct BulkheadOptions: Sendable, Hashable {
  /// The limit, 1...100,000.
  public let maxConcurrentCalls: Int

  /// Creates options, and checks the range.
  /// - Throws: ``InvalidOptionError``.
  public init(maxConcurrentCalls: Int) throws(InvalidOptionError) {
    try InvalidOptionError.check("BulkheadOptions.maxConcurrentCalls", maxConcurrentCalls, in: 1...100_000)
    self.maxConcurrentCalls = maxConcurrentCalls
  }
}
