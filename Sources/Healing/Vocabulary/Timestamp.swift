public import Foundation

/// A point of wall-clock time: microseconds since 1970-01-01T00:00:00Z.
///
/// This is the ledger's own unit, so that a time read back equals the time written.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970, UTC.
  public var microseconds: Int64

  /// Wraps a count of microseconds since 1970, UTC.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// The nearest whole microsecond of a date. Dates beyond ±292,000 years are clamped.
  public init(_ date: Date) {
    let micros = (date.timeIntervalSince1970 * 1_000_000).rounded()
    self.microseconds = Int64(exactly: micros) ?? (micros < 0 ? .min : .max)
  }

  /// Reads an ISO-8601 time: a day and a time of day with its zone, such as `2026-01-31T12:00:00Z` or
  /// `2026-01-31T12:00:00.250+01:00`, or a plain day `2026-01-31`, meaning its start in UTC. The whole text is read, seconds
  /// may be left out, and what is behind the sixth decimal is dropped. `nil` for anything else, a day that no calendar has
  /// and a time of day without a zone among it.
  public init?(iso8601 text: String) { self.init(iso8601: text, zone: nil) }

  /// - Parameter zone: that of a time or day without one; `nil`: a time needs its own, and a day is one of UTC.
  package init?(iso8601 text: String, zone: TimeZone?) {
    guard let match = text.wholeMatch(of: Self.form) else { return nil }
    func number(_ digits: Substring?) -> Int { digits.flatMap { Int($0) } ?? 0 }
    var parts = DateComponents()
    (parts.year, parts.month, parts.day) = (number(match.1), number(match.2), number(match.3))
    (parts.hour, parts.minute, parts.second) = (number(match.4), number(match.5), number(match.6))
    var calendar = Calendar(identifier: .gregorian)
    switch match.8 {
    case nil:
      guard let zone = zone ?? (match.4 == nil ? .gmt : nil) else { return nil }
      calendar.timeZone = zone
    case "Z"?, "z"?: calendar.timeZone = .gmt
    case let offset?:
      let digits = offset.dropFirst().filter { $0 != ":" }
      let (hours, minutes) = (number(digits.prefix(2)), number(digits.dropFirst(2)))
      let seconds = (hours * 60 + minutes) * 60 * (offset.first == "-" ? -1 : 1)
      guard hours <= 18, minutes < 60, let zone = TimeZone(secondsFromGMT: seconds) else { return nil }
      calendar.timeZone = zone
    }
    // A time that a change of the clock leaves out is a valid one, and read as an hour later.
    var day = parts
    (day.hour, day.minute, day.second) = (0, 0, 0)
    var utc = calendar
    utc.timeZone = .gmt
    guard number(match.1) >= 1583, day.isValidDate(in: utc), number(match.4) < 24, number(match.5) < 60,
      number(match.6) < 60, let date = calendar.date(from: parts)
    else { return nil }
    let micros = match.7.map { number(($0 + "00000").prefix(6)) } ?? 0
    self = Timestamp(date) + .microseconds(micros)
  }

  // Concurrency: made anew each time; a `Regex` is not `Sendable`.
  private static var form:
    Regex<
      (
        Substring, Substring, Substring, Substring, Substring?, Substring?, Substring?, Substring?,
        Substring?
      )
    >
  {
    /(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?)?/
      .asciiOnlyDigits()
  }

  /// The years 1583 to 9999 of the Gregorian calendar: those that an ISO-8601 text names without further agreement.
  package static let readable =
    Timestamp(microseconds: -12_212_553_600_000_000)...Timestamp(microseconds: 253_402_300_799_999_999)

  /// The nearest point in the years 1583 to 9999.
  package var clamped: Timestamp { min(max(self, Self.readable.lowerBound), Self.readable.upperBound) }

  /// ISO-8601 in UTC with microseconds: `2026-01-31T12:00:00.000250Z`. A point outside the years 1583 to 9999 is written
  /// as the nearest one within.
  public var iso8601: String {
    let (seconds, micros) = clamped.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let floor = micros < 0 ? seconds - 1 : seconds
    let fraction = String(micros < 0 ? micros + 1_000_000 : micros)
    let base = Date(timeIntervalSince1970: Double(floor)).formatted(.iso8601)
    let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
    return base.replacingOccurrences(of: "Z", with: ".\(padded)Z")
  }

  /// ISO-8601 in UTC to the second, for messages: `2026-01-31T12:00:00Z`.
  var iso8601Seconds: String { iso8601.prefix(19) + "Z" }

  /// The same point as a Foundation date, to a fraction of a microsecond.
  public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

  /// Whether a stored time lies so far in the future that the clock was set back since, or was wrong then: more than ten
  /// seconds. The age of what bears it is not known.
  package func isAhead(of now: Timestamp) -> Bool { self - now > .seconds(10) }

  /// Orders by time.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  /// The point `duration` later; saturates at the ends of the range.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = time.microseconds.addingReportingOverflow(duration.microseconds)
    return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// The time from `b` to `a`.
  public static func - (a: Timestamp, b: Timestamp) -> Duration {
    let (difference, overflow) = a.microseconds.subtractingReportingOverflow(b.microseconds)
    return .microseconds(overflow ? (a < b ? .min : .max) : difference)
  }
}

extension Timestamp: Codable {
  /// Reads an ISO-8601 string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(iso8601: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an ISO-8601 time")
    }
    self = time
  }

  /// Writes an ISO-8601 string with microseconds, UTC.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(iso8601)
  }
}

extension Timestamp: CustomStringConvertible {
  /// ISO-8601, UTC.
  public var description: String { iso8601 }
}
