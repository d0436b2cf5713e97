public import Foundation

/// A point of wall-clock time: microseconds since 1970-01-01T00:00:00Z.
///
/// The ledger stores the same unit, so a stored time equals the original.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970, UTC.
  public var microseconds: Int64

  /// Makes a time of microseconds since 1970, UTC.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Rounds a date to the nearest microsecond. Dates beyond ±292,000 years are clamped.
  public init(_ date: Date) {
    let micros = (date.timeIntervalSince1970 * 1_000_000).rounded()
    self.microseconds = Int64(exactly: micros) ?? (micros < 0 ? .min : .max)
  }

  /// Parses an ISO-8601 time: a day and a time of day with its zone, such as `2026-01-31T12:00:00Z` or
  /// `2026-01-31T12:00:00.250+01:00`, or a day such as `2026-01-31`, which means its start in UTC. Seconds are
  /// optional, and decimals after the sixth are dropped. Returns `nil` if the text contains anything else, if the
  /// day does not exist in the calendar, or if a time of day has no zone.
  public init?(iso8601 text: String) { self.init(iso8601: text, zone: nil) }

  /// - Parameter zone: zone of a time or day without one. For `nil`, a time needs a zone and a day is in UTC.
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
    // A local time that a clock change skips is valid, and is read as an hour later.
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

  // Created for each use: `Regex` is not `Sendable`.
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

  /// The years 1583 to 9999 of the Gregorian calendar, which ISO 8601 defines without mutual agreement.
  package static let readable =
    Timestamp(microseconds: -12_212_553_600_000_000)...Timestamp(microseconds: 253_402_300_799_999_999)

  /// The time clamped to the years 1583 to 9999.
  package var clamped: Timestamp { min(max(self, Self.readable.lowerBound), Self.readable.upperBound) }

  /// ISO-8601 in UTC with microseconds: `2026-01-31T12:00:00.000250Z`. A time outside the years 1583 to 9999 is
  /// clamped to them.
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

  /// The time as a Foundation date, exact to a fraction of a microsecond.
  public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

  /// Returns whether a stored time is more than 10 s in the future. The clock was then set back since, or was wrong
  /// when the time was stored, so the age of the row is unknown.
  package func isAhead(of now: Timestamp) -> Bool { self - now > .seconds(10) }

  /// Orders by time.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  /// Returns the time `duration` later, clamped to the type's range.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = time.microseconds.addingReportingOverflow(duration.microseconds)
    return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// Returns the duration from `b` to `a`, clamped to the type's range.
  public static func - (a: Timestamp, b: Timestamp) -> Duration {
    let (difference, overflow) = a.microseconds.subtractingReportingOverflow(b.microseconds)
    return .microseconds(overflow ? (a < b ? .min : .max) : difference)
  }
}

extension Timestamp: Codable {
  /// Decodes an ISO-8601 string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(iso8601: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an ISO-8601 time")
    }
    self = time
  }

  /// Encodes an ISO-8601 string with microseconds, UTC.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(iso8601)
  }
}

extension Timestamp: CustomStringConvertible {
  /// ISO-8601, UTC.
  public var description: String { iso8601 }
}
