/// The remaining retries of a component, as a pure value.
struct RetryBudget: Sendable {
  private let options: RetryBudgetOptions
  private(set) var saved: Double

  /// - Parameter saved: remaining retries under the former options; `nil`: the budget starts full.
  init(_ options: RetryBudgetOptions, saved: Double? = nil) {
    self.options = options
    self.saved = min(saved ?? .infinity, Double(options.burst))
  }

  /// Fills the budget.
  mutating func refill() { saved = Double(options.burst) }

  mutating func earn() { saved = min(Double(options.burst), saved + options.ratio) }

  /// Takes one retry from the budget; returns `false` when there is less than one.
  mutating func spend() -> Bool {
    // A sum of fractions can miss the whole number by a rounding error.
    guard saved >= 1 - 1e-9 else { return false }
    saved = max(0, saved - 1)
    return true
  }

  /// Returns a retry that was not made to the budget.
  mutating func refund() { saved = min(Double(options.burst), saved + 1) }
}

/// Limits the retries of all calls of a component, so that retries do not multiply an outage.
///
/// Each call earns `ratio` of a retry, up to `burst`; each retry costs one. Only a call's first attempt earns.
public struct RetryBudgetOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Retries earned per call, over 0, up to 1. Default 0.2.
  public var ratio: Double
  /// The maximum number of saved retries, which is also the initial number, 1...10,000. Default 10.
  public var burst: Int

  /// Creates options.
  public init(ratio: Double = 0.2, burst: Int = 10) {
    self.ratio = ratio
    self.burst = burst
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      ratio: try fields.decodeIfPresent(Double.self, forKey: .ratio) ?? 0.2,
      burst: try fields.decodeIfPresent(Int.self, forKey: .burst) ?? 10)
  }

  func check(_ checks: inout OptionChecks) {
    checks.check("RetryBudgetOptions.ratio", ratio, ratio > 0 && ratio <= 1, allowed: "more than 0, up to 1")
    checks.check("RetryBudgetOptions.burst", burst, from: 1, to: 10_000)
  }
}
