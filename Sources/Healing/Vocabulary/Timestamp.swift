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

  /// Reads an ISO-8601 time such as `2026-01-31T12:00:00Z` or `2026-01-31T12:00:00.250+01:00`, or a
  /// plain day `2026-01-31`, meaning its start in UTC. `nil` when the text is none of these.
  public init?(iso8601 text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let styles: [Date.ISO8601FormatStyle] = [
      .iso8601,
      .init(includingFractionalSeconds: true),
      Date.ISO8601FormatStyle().year().month().day(),
    ]
    for style in styles {
      if let date = try? style.parse(trimmed) {
        self.init(date)
        return
      }
    }
    return nil
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
