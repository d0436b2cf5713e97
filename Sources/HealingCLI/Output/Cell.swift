import Foundation
import HealingServer

/// One figure of a printed table.
enum Cell: Encodable {
  case text(String)
  case integer(Int64)
  case real(Double)
  case none

  init(_ text: String?) { self = text.map(Cell.text) ?? .none }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .real(let value): try container.encode(value)
    case .none: try container.encodeNil()
    }
  }

  /// Exact, for programs.
  var plain: String {
    switch self {
    case .text(let value): value
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .none: ""
    }
  }

  /// Short and harmless, for a terminal.
  var display: String {
    switch self {
    case .text(let value): TerminalText.line(value)
    case .real(let value): value.formatted(.number.precision(.fractionLength(0...3)).grouping(.never))
    case .integer(let value): String(value)
    case .none: "-"
    }
  }

  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    case .text, .none: false
    }
  }
}
