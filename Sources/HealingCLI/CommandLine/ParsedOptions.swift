import Foundation
import Healing

/// The options of a command, and parsers for their values.
struct ParsedOptions {
  let command: String
  let values: [String: String]
  let positional: [String]
  private let environment: [String: String]

  init(
    command: String, values: [String: String], positional: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.command = command
    self.values = values
    self.positional = positional
    self.environment = environment
  }

  var wantsHelp: Bool { values["help"] != nil }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// The ledger's path of `--ledger`, else of the environment variable HEALING_LEDGER; `nil` without both.
  var ledger: String? { values["ledger"] ?? environment["HEALING_LEDGER"].flatMap { $0.isEmpty ? nil : $0 } }

  /// Returns the ledger's path.
  /// - Throws: ``UsageError`` when it is missing.
  func ledgerPath() throws -> String {
    guard let path = ledger, !path.isEmpty else {
      throw UsageError("--ledger PATH is missing; see '\(command) --help'")
    }
    return path
  }

  /// Rejects the arguments after the first ones.
  /// - Throws: ``UsageError`` that names the first of them.
  func rejectArguments(after count: Int) throws {
    guard positional.count > count else { return }
    throw Self.unexpected(positional[count], see: command)
  }

  /// The error of an argument that a command does not take.
  static func unexpected(_ word: String, see command: String) -> UsageError {
    let isPath = word.contains("/") || word.hasSuffix(".db") || word.hasSuffix(".sqlite")
    return UsageError(
      "'\(word)' is an unexpected argument; "
        + (isPath ? "give the path of a ledger as --ledger \(word)" : "see '\(command) --help'"))
  }

  /// Rejects options that have no effect on what the command is asked for.
  /// - Parameter action: the argument that selects it, in quotes, or a noun.
  /// - Throws: ``UsageError`` that names the first of them.
  func reject(_ names: [String], for action: String) throws {
    guard let name = names.first(where: has) else { return }
    throw UsageError("--\(name) is not for \(action); see '\(command) --help'")
  }

  func format(_ allowed: [OutputFormat] = OutputFormat.standard) throws -> OutputFormat {
    guard let word = values["format"] else { return .table }
    guard let format = OutputFormat(rawValue: word), allowed.contains(format) else {
      throw UsageError(
        "--format \(word): allowed are \(allowed.map(\.rawValue).joined(separator: ", "))")
    }
    return format
  }

  func integer(_ name: String, default value: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let word = values[name] else { return value }
    guard let number = Int(digits: word), range.contains(number) else {
      throw UsageError(
        "--\(name) \(word): allowed is a whole number in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }

  func component() throws -> ComponentName? {
    try values["component"].map { try ComponentName(validating: $0) }
  }

  /// Returns the range of `--since` and `--until`. Without `--until` it ends now: rows from the future have the
  /// time of a wrong clock, and would appear in every report on the last hours. Exception: a start in the
  /// future selects such rows.
  func range(now: Timestamp) throws -> LedgerRange {
    if has("utc"), !has("since"), !has("until") { throw UsageError("--utc needs --since or --until") }
    var range = LedgerRange(since: try time("since", now: now), until: try time("until", now: now))
    if let since = range.since, since < now, range.until == nil { range.until = now }
    if let since = range.since, let until = range.until, until <= since {
      throw UsageError("--until \(until) is not after --since \(since)")
    }
    return range
  }

  /// Returns the time of an option: ISO-8601, or an age.
  func time(_ name: String, now: Timestamp) throws -> Timestamp? {
    guard let word = values[name] else { return nil }
    if word == "now" { return now }
    if let age = Self.seconds(word) { return now + .seconds(-age) }
    guard let time = Timestamp(iso8601: word, zone: zone) else {
      throw UsageError(
        "--\(name) \(word): allowed is ISO-8601 (2026-01-31, 2026-01-31T12:00:00, 2026-01-31T12:00:00Z)"
          + ", an age (90s, 15m, 24h, 7d) or now")
    }
    return time
  }

  /// The zone of times without a zone.
  private var zone: TimeZone { has("utc") ? .gmt : .current }

  /// Returns the description of the range for a report's heading; `nil` when the range is unlimited.
  /// - Parameter totals: the range that a report on totals covers; `nil` for other reports.
  func heading(of range: LedgerRange, totals: LedgerRange? = nil) -> String? {
    guard has("since") || has("until") else { return nil }
    let isZoneless = ["since", "until"].compactMap { values[$0] }.contains {
      Timestamp(iso8601: $0, zone: .gmt) != Timestamp(iso8601: $0, zone: TimeZone(secondsFromGMT: 3_600))
    }
    return Self.words(range)
      + (totals.flatMap { Self.widening(of: range, to: $0) }.map { "; \($0)" } ?? "")
      + (isZoneless ? "; times without a zone are \(zone == .gmt ? "UTC" : zone.identifier)" : "")
  }

  /// Returns what a report on totals does with a range; `nil` when it covers the range as it is.
  static func widening(of range: LedgerRange, to totals: LedgerRange) -> String? {
    if totals == range { return nil }
    if totals == range.inWholeMinutes { return "totals are of whole minutes" }
    return "retention has deleted the sums of minutes there: totals are \(words(totals))"
  }

  private static func words(_ range: LedgerRange) -> String {
    func words(_ time: Timestamp?) -> String? { time.map { "\($0.iso8601.prefix(19))Z" } }
    return (words(range.since).map { "from \($0)" } ?? "from the beginning") + " until "
      + (words(range.until) ?? "the end")
  }

  /// - Throws: ``UsageError`` unless the value is a whole number above 0 with a unit.
  func duration(_ name: String) throws -> Duration? {
    guard let word = values[name] else { return nil }
    guard let seconds = Self.seconds(word), seconds > 0 else {
      throw UsageError(
        "--\(name) \(word): allowed is a number from 1 to 1000000 with its unit (90s, 15m, 24h, 7d)")
    }
    return .seconds(seconds)
  }

  /// Returns a number of bytes.
  /// - Throws: ``UsageError`` unless the value is a whole number with a unit, 2M or more.
  func size(_ name: String) throws -> Int64? {
    guard let word = values[name] else { return nil }
    let units: [Character: Int64] = ["M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    guard let unit = word.last.flatMap({ units[$0] }), let count = Int64(digits: word.dropLast()),
      count <= 1_000_000, count * unit >= 2 << 20
    else {
      throw UsageError(
        "--\(name) \(word): allowed is a number from 2M to 1000000T with its unit (500M, 2G, 1T)")
    }
    return count * unit
  }

  private static func seconds(_ word: String) -> Int64? {
    guard let unit = word.last.flatMap({ units[$0] }), let count = Int64(digits: word.dropLast()),
      count <= 1_000_000
    else { return nil }
    return count * unit
  }

  private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
}
