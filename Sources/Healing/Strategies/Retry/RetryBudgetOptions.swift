/// How many retries a component's calls may cause in all, so that retries cannot multiply an outage.
///
/// Each call earns `ratio` of a retry, up to `burst`; each retry costs one. Attempts beyond a call's first earn nothing.
public struct RetryBudgetOptions: Sendable, Hashable {
  /// Retries earned by a call, over 0...1. Default 0.2.
  public let ratio: Double
  /// The most that can be saved up, which is also what there is at the start, 1...10,000. Default 10.
  public let burst: Int

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``.
  public init(ratio: Double = 0.2, burst: Int = 10) throws(InvalidOption) {
    guard ratio > 0 && ratio <= 1 else {
      throw InvalidOption("RetryBudgetOptions.ratio", ratio, allowed: "more than 0, up to 1")
    }
    try InvalidOption.check("RetryBudgetOptions.burst", burst, in: 1...10_000)
    self.ratio = ratio
    self.burst = burst
  }
}
