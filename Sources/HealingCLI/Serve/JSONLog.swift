import Foundation
import HealingServer
import Healing

/// The daemon's log: one JSON object a line on standard error. What steers a terminal is escaped, secrets are removed.
/// Logging waits for no reader: lines that do not fit are dropped, and a line says how many.
struct JSONLog: Sendable {
  private let writer = StandardError.log

  func callAsFunction(_ level: LogLevel, _ message: String, _ fields: [String: String] = [:]) {
    writer.write(Self.line(level, message, fields))
  }

  /// What says that lines are missing.
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
    // Text alone: there is nothing in it that could not be written.
    return (try? encoder.encode(line)).map { TerminalText.json(String(decoding: $0, as: UTF8.self)) } ?? "{}"
  }
}
