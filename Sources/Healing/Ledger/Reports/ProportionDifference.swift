/// The difference of two shares of independent cases, with Newcombe's 95 % bounds (his method 10, from Wilson's bounds of both).
public struct ProportionDifference: Sendable, Hashable, Encodable {
  /// The first share minus the second, -1...1.
  public let difference: Double
  /// The lower bound, -1...1.
  public let lower: Double
  /// The upper bound, -1...1.
  public let upper: Double

  /// Computes the difference and its bounds.
  public init(of first: ProportionEstimate, minus second: ProportionEstimate) {
    func distance(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    difference = first.share - second.share
    lower = max(
      -1, difference - distance(first.share - first.lower, second.upper - second.share))
    upper = min(1, difference + distance(first.upper - first.share, second.share - second.lower))
  }
}
