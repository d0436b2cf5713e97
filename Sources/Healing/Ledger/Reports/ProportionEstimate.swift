/// A share of a number of cases, with Wilson's 95 % score bounds.
public struct ProportionEstimate: Sendable, Hashable {
  /// The share, 0...1; 0 without cases.
  public let share: Double
  /// The lower bound, 0...1; 0 without cases.
  public let lower: Double
  /// The upper bound, 0...1; 1 without cases.
  public let upper: Double

  /// The 97.5th percentile of the standard normal distribution.
  private static let z = 1.959_963_984_540_054

  /// Computes the share and its bounds.
  /// - Parameters:
  ///   - hits: number of cases that count, 0...`cases`; a number out of the range counts as the nearest one.
  ///   - cases: number of cases.
  public init(hits: Int64, of cases: Int64) {
    guard cases > 0 else {
      (share, lower, upper) = (0, 0, 1)
      return
    }
    let n = Double(cases)
    let p = Double(min(max(0, hits), cases)) / n
    let square = Self.z * Self.z
    let center = (p + square / (2 * n)) / (1 + square / n)
    let half = Self.z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
    share = p
    lower = p == 0 ? 0 : max(0, center - half)
    upper = p == 1 ? 1 : min(1, center + half)
  }
}
