import Healing

/// ISO-8601 times as bytes, without the calendar of Foundation: exports and imports have one in every line.
enum ISO8601 {
  /// Appends `2026-01-31T12:00:00.000250Z`, as `Timestamp.iso8601` is.
  static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
    let microseconds = time.clamped.microseconds
    let day = floorDivided(microseconds, by: microsecondsOfDay)
    var rest = microseconds - day * microsecondsOfDay
    let (year, month, dayOfMonth) = date(ofDay: day)
    append(year, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(month, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(dayOfMonth, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(rest / 3_600_000_000, digits: 2, to: &bytes)
    rest %= 3_600_000_000
    bytes.append(UInt8(ascii: ":"))
    append(rest / 60_000_000, digits: 2, to: &bytes)
    rest %= 60_000_000
    bytes.append(UInt8(ascii: ":"))
    append(rest / 1_000_000, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(rest % 1_000_000, digits: 6, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Parses a time as `Timestamp(iso8601:)` does. A time with seconds and `Z` takes the short way.
  static func parse(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Timestamp? {
    let bytes = UnsafeBufferPointer(rebasing: text)
    return quickly(bytes) ?? Timestamp(iso8601: String(decoding: bytes, as: UTF8.self))
  }

  private static func quickly(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
    guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      text[text.count - 1] == UInt8(ascii: "Z"),
      let year = number(text, 0, 4), let month = number(text, 5, 7), let day = number(text, 8, 10),
      let hour = number(text, 11, 13), let minute = number(text, 14, 16), let second = number(text, 17, 19),
      year >= 1583, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
    else { return nil }
    let start = self.day(year, month, 1)
    let end = month == 12 ? self.day(year + 1, 1, 1) : self.day(year, month + 1, 1)
    guard day <= end - start else { return nil }
    var micros: Int64 = 0
    if text.count > 20 {
      guard text[19] == UInt8(ascii: "."), text.count > 21 else { return nil }
      var scale: Int64 = 100_000
      for place in 20..<(text.count - 1) {
        guard let digit = number(text, place, place + 1) else { return nil }
        micros += digit * scale
        scale /= 10
      }
    }
    let seconds = (start + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    return Timestamp(microseconds: seconds * 1_000_000 + micros)
  }

  private static let microsecondsOfDay: Int64 = 86_400_000_000

  private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int64? {
    var value: Int64 = 0
    for place in start..<end {
      let digit = text[place] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }

  private static func append(_ number: Int64, digits: Int, to bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  private static func floorDivided(_ number: Int64, by divisor: Int64) -> Int64 {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
  }

  // Both ways between days since 1970 and dates count years from March, so that the leap day is the last of its year
  // (Howard Hinnant, chrono-compatible low-level date algorithms).

  private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = floorDivided(year, by: 400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = floorDivided(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
