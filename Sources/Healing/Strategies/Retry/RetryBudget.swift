/// What is left of a component's retries, as a pure state.
struct RetryBudget: Sendable {
  private let options: RetryBudgetOptions
  private(set) var saved: Double

  /// - Parameter saved: what was left under other options; `nil`: it begins full.
  init(_ options: RetryBudgetOptions, saved: Double? = nil) {
    self.options = options
    self.saved = min(saved ?? .infinity, Double(options.burst))
  }

  /// Begins full again.
  mutating func refill() { saved = Double(options.burst) }

  mutating func earn() { saved = min(Double(options.burst), saved + options.ratio) }

  /// Takes one retry, if there is one.
  mutating func spend() -> Bool {
    // A sum of tenths may miss the whole number by a hair.
    guard saved >= 1 - 1e-9 else { return false }
    saved = max(0, saved - 1)
    return true
  }
}
