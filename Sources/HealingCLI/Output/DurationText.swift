import Healing

/// Durations for people.
enum DurationText {
  /// Returns a duration in its two largest units, such as `4 min 55 s`. Seconds are rounded up, so that a wait that is not
  /// over is not 0.
  static func of(_ duration: Duration) -> String {
    let seconds = Int64((max(0, duration.milliseconds) / 1_000).rounded(.up))
    let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    guard let first = units.firstIndex(where: { seconds >= $0.seconds }) else { return "0 s" }
    var rest = seconds
    return units[first...].prefix(2).map { unit in
      defer { rest %= unit.seconds }
      return "\(rest / unit.seconds) \(unit.name)"
    }.joined(separator: " ")
  }
}
