import Foundation

/// One line of the table.
struct Figure: Sendable {
  let scenario: String
  let what: String
  let unit: String
  let spread: Spread
  /// What the ratio is to, measured in the same run.
  var reference: String?
  /// The median of the ratios of each round, or the ratio of the medians where rounds do not belong together.
  var ratio: Double?
  /// Heap blocks a call.
  var allocations: Double?
  var budgets: [Budget] = []
  /// How many times slower the machine was than the one that absolute budgets are for; at least 1.
  var slowness = 1.0

  /// The budgets that it is past.
  var broken: [Budget] { budgets.filter { !$0.holds(for: self) } }

  /// Three digits that matter; whole numbers from 100 on.
  static func format(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if abs(value) >= 100 || value == value.rounded() {
      return value.formatted(.number.precision(.fractionLength(0)))
    }
    return value.formatted(.number.precision(.significantDigits(1...3)))
  }
}
