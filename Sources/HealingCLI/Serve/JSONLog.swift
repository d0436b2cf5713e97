import Foundation
import Healing
import HealingServer

/// The daemon's log: one JSON object a line on standard error. Control characters are escaped by JSON, secrets removed.
struct JSONLog: Sendable {
  private let time: any TimeSource = SystemTimeSource()

  func callAsFunction(_ level: LogLevel, _ message: String, _ fields: [String: String] = [:]) {
    var line = Redactor.redact(fields)
    line["time"] = time.wallClock().iso8601
    line["level"] = level.rawValue
    line["message"] = Redactor.redact(message)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(line) else { return }
    StandardError.write(String(decoding: data, as: UTF8.self) + "\n")
  }
}
