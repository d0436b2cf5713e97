extension FixedWidthInteger where Self: SignedInteger {
  /// The sum, or the end of the range.
  @inlinable package func addingClamped(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// Adds in place, and stops at the end of the range.
  @inlinable package mutating func addClamped(_ other: Self) { self = addingClamped(other) }

  /// The difference, or the end of the range.
  @inlinable package func subtractingClamped(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
