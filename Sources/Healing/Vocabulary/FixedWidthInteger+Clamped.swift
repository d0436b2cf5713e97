extension FixedWidthInteger where Self: SignedInteger {
  /// Returns the sum, clamped to the type's range.
  @inlinable package func addingClamped(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// Adds in place, clamped to the type's range.
  @inlinable package mutating func addClamped(_ other: Self) { self = addingClamped(other) }

  /// Returns the difference, clamped to the type's range.
  @inlinable package func subtractingClamped(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
