import Healing

/// The one border at which stored numbers come in. A file may hold what no program wrote: each value is brought into
/// the range that everything behind relies on, so that no arithmetic on it overflows and no text of it is unreadable.
extension Row {
  /// A point of time, within the years that ISO-8601 texts can name.
  func time(_ column: Int32) -> Timestamp { Timestamp(microseconds: integer(column)).clamped }
  func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

  /// A duration in microseconds: 0 to 115 days.
  func duration(_ column: Int32) -> Duration {
    .microseconds(min(max(0, integer(column)), CallCounts.longestDuration))
  }
  /// The same of a column in milliseconds, as queries compute it.
  func duration(milliseconds column: Int32) -> Duration {
    let microseconds = (milliseconds(column) * 1_000).rounded()
    return .microseconds(Int64(min(microseconds, Double(CallCounts.longestDuration))))
  }
  func optionalDuration(_ column: Int32) -> Duration? { isNull(column) ? nil : duration(column) }

  /// How often something happened: 0 to ``CallCounts/largestCount``.
  func count(_ column: Int32) -> Int64 { min(max(0, integer(column)), CallCounts.largestCount) }
  /// The same as `Int`.
  func number(_ column: Int32) -> Int { Int(count(column)) }

  /// A sum of durations in microseconds, not negative.
  func durationSum(_ column: Int32) -> Int64 { max(0, integer(column)) }

  /// A share, 0...1.
  func ratio(_ column: Int32) -> Double { min(max(0, double(column)), 1) }

  /// Milliseconds that a query has computed: finite, not negative.
  func milliseconds(_ column: Int32) -> Double {
    min(max(0, double(column)), Double(Int64.max))
  }

  /// Any integer is an id: ids are compared, never computed with.
  func id(_ column: Int32) -> LedgerID { LedgerID(rawValue: integer(column)) }
  func optionalID(_ column: Int32) -> LedgerID? { isNull(column) ? nil : id(column) }
}
