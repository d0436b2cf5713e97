import Foundation
import Healing

/// Figures as people read them, in every language alike.
enum Figures {
  /// Returns a share in percent, such as `12.3 %`; `–` without one. A share that is not 0 or 1 is not rounded to it.
  static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return "–" }
    let percent = share * 100
    if percent > 0 && percent < 0.1 { return "< 0.1 %" }
    if percent < 100 && percent > 99.9 { return "> 99.9 %" }
    return "\(decimal(percent)) %"
  }

  /// Returns a number with one digit after the point, and without it when that is 0.
  static func decimal(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "–" }
    let tenths = Int64((number * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return "\(sign)\(grouped(Int64(clamping: (tenths / 10).magnitude)))"
      + (tenths % 10 == 0 ? "" : ".\((tenths % 10).magnitude)")
  }

  /// Returns a count with a comma between thousands.
  static func count(_ count: Int64) -> String {
    (count < 0 ? "-" : "") + grouped(Int64(clamping: count.magnitude))
  }

  private static func grouped(_ number: Int64) -> String {
    var digits = Substring(String(number))
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }

  /// Returns a duration in its two largest units, such as `4 min 55 s`; `–` without one.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds < 1e15 else { return "–" }
    if seconds < 10 { return "\(decimal(max(0, seconds))) s" }
    var rest = Int64(seconds.rounded())
    let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    let first = units.firstIndex { rest >= $0.seconds } ?? 3
    return units[first...].prefix(2).compactMap { unit in
      defer { rest %= unit.seconds }
      return rest / unit.seconds > 0 ? "\(rest / unit.seconds) \(unit.name)" : nil
    }.joined(separator: " ")
  }

  /// Returns a time in UTC to the second, such as `2026-11-27 04:12:30`.
  static func time(_ time: Timestamp) -> String {
    let text = time.iso8601
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  /// Returns the time of day in UTC to the second, with the day where it differs from that of the start.
  static func clock(_ time: Timestamp, since start: Timestamp) -> String {
    let text = self.time(time)
    return text.prefix(10) == self.time(start).prefix(10) ? String(text.suffix(8)) : text
  }

  /// Returns a number and its noun, such as `1 call` or `2 calls`.
  static func number(_ count: Int64, _ noun: String) -> String {
    "\(self.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  /// Returns the words of a code, such as `made worse` of `made_worse`.
  static func words(_ code: String) -> String { code.replacing("_", with: " ") }

  /// Returns a list in words, such as `a, b and c`.
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return "\(names.dropLast().joined(separator: ", ")) and \(last)"
  }
}
