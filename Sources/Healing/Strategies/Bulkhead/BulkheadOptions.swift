/// How many calls of a component may be under way at once. A call that does not fit is rejected; that never
/// counts against the breaker.
public struct BulkheadOptions: Sendable, Hashable {
  /// The limit, 1...100,000.
  public let maxConcurrentCalls: Int

  /// Checks the range.
  /// - Throws: ``InvalidOption``.
  public init(maxConcurrentCalls: Int) throws(InvalidOption) {
    try InvalidOption.check("BulkheadOptions.maxConcurrentCalls", maxConcurrentCalls, in: 1...100_000)
    self.maxConcurrentCalls = maxConcurrentCalls
  }
}
