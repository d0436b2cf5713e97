import Healing

/// The only place that decodes stored numbers. A file may hold values that no program wrote. Each value is
/// clamped to a range in which later arithmetic cannot overflow and its text is readable.
extension Row {
  /// Returns a time, at least 285 years away from the ends of the 64-bit range. Years that a text cannot show
  /// are allowed: an override can last for ever.
  func time(_ column: Column) -> Timestamp {
    Timestamp(microseconds: min(max(integer(column), .min + (1 << 53)), .max - (1 << 53)))
  }
  func optionalTime(_ column: Column) -> Timestamp? { isNull(column) ? nil : time(column) }

  /// Returns a duration from microseconds: 0 to 115 days.
  func duration(_ column: Column) -> Duration {
    .microseconds(min(max(0, integer(column)), CallCounts.longestMicroseconds))
  }
  /// Returns a duration from milliseconds, as queries compute them: 0 to 115 days.
  func duration(milliseconds column: Column) -> Duration {
    let microseconds = (milliseconds(column) * 1_000).rounded()
    return .microseconds(Int64(min(microseconds, Double(CallCounts.longestMicroseconds))))
  }
  func optionalDuration(_ column: Column) -> Duration? { isNull(column) ? nil : duration(column) }

  /// Returns a count: 0 to ``CallCounts/largestCount``.
  func count(_ column: Column) -> Int64 { min(max(0, integer(column)), CallCounts.largestCount) }
  /// Returns a count as `Int`.
  func number(_ column: Column) -> Int { Int(count(column)) }

  /// Returns a sum of durations in microseconds, not negative.
  func durationSum(_ column: Column) -> Int64 { max(0, integer(column)) }

  /// Returns a share, 0...1.
  func ratio(_ column: Column) -> Double { min(max(0, double(column)), 1) }

  /// Returns a share or a mean that a query has computed, not negative; `nil` where it has none.
  func optionalReal(_ column: Column) -> Double? { isNull(column) ? nil : max(0, double(column)) }

  /// Returns milliseconds that a query has computed: finite, not negative.
  func milliseconds(_ column: Column) -> Double {
    min(max(0, double(column)), Double(Int64.max))
  }

  /// Returns an id. Any integer is allowed, because ids are compared and never computed with.
  func id(_ column: Column) -> LedgerID { LedgerID(rawValue: integer(column)) }
  func optionalID(_ column: Column) -> LedgerID? { isNull(column) ? nil : id(column) }
}
