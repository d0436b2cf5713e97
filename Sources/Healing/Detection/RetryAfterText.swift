/// Reads from a message the wait that the dependency asked for: `Retry-After: 30`, `try again in 1.5s`, `reset in
/// 8m18s`, `retry after '20' seconds`.
enum RetryAfterText {
  static func find(in message: String) -> Duration? {
    var message = message
    return message.withUTF8 { find(in: WordScan.words(in: $0), $0) }
  }

  /// Returns the first wait of at most ``longest`` that follows words such as `retry after`.
  static func find(in words: [WordScan.Word], _ bytes: UnsafeBufferPointer<UInt8>) -> Duration? {
    for (index, word) in words.enumerated() {
      let leads =
        word.hash == retryAfter
        || index > 0 && (word.hash == inWord || word.hash == after)
          && firstWords.contains(words[index - 1].hash)
      if leads, let duration = duration(in: bytes[word.range.upperBound...].prefix(40)) { return duration }
    }
    return nil
  }

  /// Parses `: 30`, ` 1.5s`, ` 8m18s`, ` '20' seconds`, ` 250ms`. A number without a unit is in seconds.
  private static func duration(in text: Slice<UnsafeBufferPointer<UInt8>>) -> Duration? {
    var rest = text.drop { ": =\"'(".utf8.contains($0) }
    var total: Double?
    while let first = rest.first, first.isASCIIDigit {
      let digits = rest.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
      rest = rest.dropFirst(digits.count).drop { " '\"".utf8.contains($0) }
      let unit = rest.prefix { $0.isASCIILetter }
      let figure = String(
        decoding: digits.last == UInt8(ascii: ".") ? digits.dropLast() : digits, as: UTF8.self)
      guard let number = Double(figure) else { break }
      guard let scale = scale(of: String(decoding: unit, as: UTF8.self).lowercased()) else {
        if total == nil { total = number }
        break
      }
      total = (total ?? 0) + number * scale
      rest = rest.dropFirst(unit.count).drop { $0 == UInt8(ascii: " ") }
    }
    guard let total, total <= longest else { return nil }
    return .milliseconds(Int64((total * 1000).rounded()))
  }

  /// A year in seconds. A larger number is a point in time, or no time.
  private static let longest = 31_536_000.0

  private static func scale(of unit: String) -> Double? {
    switch unit {
    case "ms", "millis", "milliseconds", "millisecond": 0.001
    case "s", "sec", "secs", "second", "seconds": 1
    case "m", "min", "mins", "minute", "minutes": 60
    case "h", "hr", "hour", "hours": 3600
    case "d", "day", "days": 86_400
    default: nil
    }
  }

  private static let retryAfter = WordScan.hash(of: "retryafter")
  private static let inWord = WordScan.hash(of: "in")
  private static let after = WordScan.hash(of: "after")
  private static let firstWords: Set<UInt64> = Set(
    ["retry", "again", "reset", "resets", "available", "wait", "retrying"].map { WordScan.hash(of: $0) })
}
