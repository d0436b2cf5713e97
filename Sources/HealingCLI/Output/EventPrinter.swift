import Foundation
import Healing

/// Prints each event in a line, immediately.
struct EventPrinter {
  /// ``OutputFormat/table`` or ``OutputFormat/ndjson``.
  let format: OutputFormat
  /// Width of the terminal; `nil`: unlimited.
  var width = TerminalWidth.current

  private static let columns = ["position", "timestamp", "event", "component", "message"]
  /// Widths of all columns but the last. A longer text shifts those after it.
  private static let widths = [8, 20, 10, 16]

  /// Prints the header.
  func begin() throws {
    if format == .table { try line(Self.columns.map(Cell.text)) }
  }

  func write(_ event: FeedEvent) throws {
    guard format == .table else { return try object(event.position, JSONText.encode(event.event)) }
    try line([
      .integer(event.position), .time(event.event.at), .text(event.event.name),
      .text(event.event.component.text), .text(event.event.words),
    ])
  }

  /// Prints that events up to a position are deleted.
  func reset(to position: Int64) throws {
    guard format == .table else { return try object(position, Array(#"{"event":"reset"}"#.utf8)) }
    try line([
      .integer(position), .none, .text("reset"), .none,
      .text("retention has deleted the events up to this position"),
    ])
  }

  private func line(_ cells: [Cell]) throws {
    var texts = cells.map(\.display)
    for (column, width) in Self.widths.enumerated() {
      let space = String(repeating: " ", count: max(0, width - texts[column].displayWidth))
      texts[column] = cells[column].isNumber ? space + texts[column] : texts[column] + space
    }
    try StandardOutput.write(TableLayout.cut(texts.joined(separator: "  "), to: width ?? .max) + "\n")
  }

  /// - Parameter fields: a JSON object with the other fields, one at least.
  private func object(_ position: Int64, _ fields: [UInt8]) throws {
    try StandardOutput.write(
      Array("{\"position\":\(position),".utf8) + fields.dropFirst() + [UInt8(ascii: "\n")])
  }
}

extension RecoveryEvent {
  /// What happened, in one line for people.
  fileprivate var words: String {
    switch self {
    case .error(let error):
      let count = error.occurrences > 1 ? ", \(error.occurrences) times" : ""
      return "\(error.category.rawValue), attempt \(error.attempt)\(count): \(error.message)"
    case .recovery(let recovery):
      let attempts = recovery.attempts == 1 ? "1 attempt" : "\(recovery.attempts) attempts"
      let message = recovery.message.isEmpty ? "" : ": \(recovery.message)"
      return "\(recovery.action.rawValue) \(recovery.outcome.rawValue), \(attempts)\(message)"
    case .transition(let transition):
      return "\(transition.from.rawValue) → \(transition.to.rawValue): \(transition.cause)"
    case .check(let check):
      let states = [check.previousStatus?.rawValue, check.status.rawValue].compactMap(\.self)
      return "\(states.joined(separator: " → ")): \(check.message)"
    case .alert(let alert): return "\(alert.kind.rawValue), \(alert.status.rawValue): \(alert.message)"
    }
  }
}
