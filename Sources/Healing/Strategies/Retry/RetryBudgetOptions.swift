/// Limits the retries of all calls of a component, so that retries do not multiply an outage.
///
/// Each call earns `ratio` of a retry, up to `burst`; each retry costs one. Only a call's first attempt earns.
public struct RetryBudgetOptions: Sendable, Hashable {
  /// Retries earned per call, over 0, up to 1. Default 0.2.
  public let ratio: Double
  /// The maximum number of saved retries, which is also the initial number, 1...10,000. Default 10.
  public let burst: Int

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(ratio: Double = 0.2, burst: Int = 10) throws(InvalidOptionError) {
    guard ratio > 0 && ratio <= 1 else {
      throw InvalidOptionError("RetryBudgetOptions.ratio", ratio, allowed: "more than 0, up to 1")
    }
    try InvalidOptionError.check("RetryBudgetOptions.burst", burst, in: 1...10_000)
    self.ratio = ratio
    self.burst = burst
  }
}
