import Foundation
import Healing

/// A cell of a printed table.
enum Cell: Encodable {
  case text(String)
  case time(Timestamp)
  case integer(Int64)
  case real(Double)
  case flag(Bool)
  case none

  init(_ text: String?) { self = text.map(Cell.text) ?? .none }

  init(_ time: Timestamp?) { self = time.map(Cell.time) ?? .none }

  init(_ real: Double?) { self = real.map(Cell.real) ?? .none }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .time(let value): try container.encode(value.iso8601)
    case .integer(let value): try container.encode(value)
    case .real(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .none: try container.encodeNil()
    }
  }

  /// The exact value, for programs.
  var plain: String {
    switch self {
    case .text(let value): value
    case .time(let value): value.iso8601
    case .integer(let value): String(value)
    case .real(let value): Int64(exactly: value).map(String.init) ?? String(value)
    case .flag(let value): String(value)
    case .none: ""
    }
  }

  /// A short form that is safe for a terminal.
  var display: String {
    switch self {
    case .text(let value): value.isEmpty ? "-" : TerminalText.line(value)
    // Without fractions of a second.
    case .time(let value): value.iso8601.replacing(/\.\d+Z$/, with: "Z")
    case .real(let value): value.formatted(.number.precision(.fractionLength(0...3)).grouping(.never))
    case .integer(let value): String(value)
    case .flag(let value): value ? "yes" : "no"
    case .none: "-"
    }
  }

  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    case .text, .time, .flag, .none: false
    }
  }
}
