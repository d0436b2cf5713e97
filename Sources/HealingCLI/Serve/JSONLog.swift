import Foundation
import HealingServer
import Healing

/// The daemon's log: one JSON object per line on standard error. Terminal control characters are escaped and
/// secrets redacted. Logging never blocks on the reader: lines that do not fit are dropped, and a line reports
/// their number.
struct JSONLog: Sendable {
  private let writer = StandardError.log

  func callAsFunction(_ level: LogLevel, _ message: String, _ fields: [String: String] = [:]) {
    writer.write(Self.line(level, message, fields))
  }

  /// Returns the line that reports dropped lines.
  static func notice(ofDropped count: Int) -> String {
    line(.warning, "log lines were dropped", ["lines": String(count)])
  }

  private static func line(_ level: LogLevel, _ message: String, _ fields: [String: String]) -> String {
    var line = Redactor.redact(fields)
    line["time"] = SystemTimeSource().wallClock().iso8601
    line["level"] = level.rawValue
    line["message"] = Redactor.redact(message)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings always encode.
    return (try? encoder.encode(line)).map { TerminalText.json(String(decoding: $0, as: UTF8.self)) } ?? "{}"
  }
}
