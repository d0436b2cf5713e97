/// A time range of a report: from `since` up to but not including `until`; either end can be open.
///
/// Reports are computed from minute roll-ups, so a range is widened to whole minutes.
public struct LedgerRange: Sendable, Hashable {
  /// The start; `nil`: no lower bound.
  public var since: Timestamp?
  /// The end; `nil`: no upper bound.
  public var until: Timestamp?

  /// All time.
  public static let all = LedgerRange()

  /// Creates a range.
  public init(since: Timestamp? = nil, until: Timestamp? = nil) {
    self.since = since
    self.until = until
  }

  /// The range widened to whole minutes.
  package var inWholeMinutes: LedgerRange {
    let minute: Int64 = 60_000_000
    func floor(_ time: Timestamp) -> Int64 {
      let (whole, rest) = time.microseconds.quotientAndRemainder(dividingBy: minute)
      let (start, isTooEarly) = (rest < 0 ? whole - 1 : whole).multipliedReportingOverflow(by: minute)
      return isTooEarly ? .min : start
    }
    return LedgerRange(
      since: since.map { Timestamp(microseconds: floor($0)) },
      until: until.map { until in
        let start = floor(until)
        return Timestamp(microseconds: start == until.microseconds ? start : start.addingClamped(minute))
      })
  }

  /// Returns whether the range contains a time.
  func contains(_ time: Timestamp) -> Bool {
    (since.map { time >= $0 } ?? true) && (until.map { time < $0 } ?? true)
  }
}

extension LedgerRange: Encodable {
  private enum CodingKeys: String, CodingKey {
    case since, until
  }

  /// Encodes the fields of `range` in `GET /recovery/stats`, not widened to whole minutes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(since, forKey: .since)
    try container.encode(until, forKey: .until)
  }
}
