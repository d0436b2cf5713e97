/// Reads how long the other side asked to be left alone out of a message: `Retry-After: 30`,
/// `try again in 1.5s`, `reset in 8m18s`, `retry after 20 seconds`.
enum RetryAfterText {
  private static let leads: [String] = [
    "retry-after", "retryafter", "retry after", "again in", "reset in", "retry in",
  ]

  static func find(in message: String) -> Duration? {
    guard message.utf8.count < 8_192, message.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else {
      return nil
    }
    let text = message.lowercased()
    for lead in leads {
      guard let range = text.firstRange(of: lead) else { continue }
      if let duration = duration(in: text[range.upperBound...].prefix(40)) { return duration }
    }
    return nil
  }

  /// `: 30`, ` 1.5s`, ` 8m18s`, ` 20 seconds`, ` 250ms`; a bare number is seconds. At most a day.
  private static func duration(in text: Substring) -> Duration? {
    var rest = text.drop { !$0.isNumber && ($0 == ":" || $0 == "=" || $0 == " " || $0 == "\"" || $0 == "'") }
    var total: Double?
    while let first = rest.first, first.isASCII, first.isNumber {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      guard let number = Double(digits.last == "." ? digits.dropLast() : digits) else { break }
      guard let scale = Self.scale(of: unit) else {
        if total == nil { total = number }
        break
      }
      total = (total ?? 0) + number * scale
      rest = rest.dropFirst(unit.count)
    }
    guard let total, total >= 0, total <= 86_400 else { return nil }
    return .milliseconds(Int64((total * 1000).rounded()))
  }

  private static func scale(of unit: Substring) -> Double? {
    switch unit {
    case "ms", "milliseconds", "millisecond": 0.001
    case "s", "sec", "secs", "second", "seconds": 1
    case "m", "min", "mins", "minute", "minutes": 60
    case "h", "hour", "hours": 3600
    default: nil
    }
  }
}
