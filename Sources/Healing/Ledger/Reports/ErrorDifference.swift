/// What is different about the errors of a range: one row of `different_about`.
public struct ErrorDifference: Sendable, Hashable, Encodable {
  /// `component`, `operation`, `host`, `release`, `category`, `attempt` or `fault`; later versions add dimensions.
  public var dimension: String
  /// The value, such as the name of an operation; empty for programs without a release.
  public var value: String
  /// Errors of the range with this value.
  public var count: Int64
  /// Errors of the range.
  public var total: Int64
  /// Errors of the stretch before with this value. The stretch is four times as long, a day at most.
  public var before: Int64
  /// Errors of the stretch before.
  public var totalBefore: Int64
  /// Share in the range minus share before, -1...1.
  public var difference: Double
  /// Pearson's χ² of the four counts, 0 or more. Above 10.8, chance makes such a difference once in 1,000 cases.
  public var chiSquare: Double

  package init(
    dimension: String, value: String, count: Int64, total: Int64, before: Int64, totalBefore: Int64
  ) {
    self.dimension = dimension
    self.value = value
    self.count = count
    self.total = total
    self.before = before
    self.totalBefore = totalBefore
    let (a, b) = (Double(count), Double(total) - Double(count))
    let (c, d) = (Double(before), Double(totalBefore) - Double(before))
    difference = (total > 0 ? a / (a + b) : 0) - (totalBefore > 0 ? c / (c + d) : 0)
    let product = (a + b) * (c + d) * (a + c) * (b + d)
    chiSquare = product > 0 ? (a + b + c + d) * (a * d - b * c) * (a * d - b * c) / product : 0
  }

  /// Returns the differences that are more than chance, the most certain first: with 20 errors or more in both stretches, 20 or more
  /// of the value, a larger share than before, and χ² above 10.8.
  public static func notable(_ all: [ErrorDifference]) -> [ErrorDifference] {
    all.filter {
      $0.total >= 20 && $0.totalBefore >= 20 && $0.count >= 20 && $0.difference > 0 && $0.chiSquare > 10.8
    }
    .sorted { ($1.chiSquare, $0.dimension, $0.value) < ($0.chiSquare, $1.dimension, $1.value) }
  }
}
