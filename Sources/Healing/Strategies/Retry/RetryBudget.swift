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
}
