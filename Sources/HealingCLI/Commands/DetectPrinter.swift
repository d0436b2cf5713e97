import Foundation
import Healing

/// Prints each result immediately, because the input may be endless.
struct DetectPrinter {
  private let format: OutputFormat
  /// Width of the terminal; `nil` when the output is not a terminal.
  private let width: Int?
  /// Column layout; `nil` on a terminal that is too narrow for columns.
  private let layout: TableLayout?
  private var count = 0

  init(format: OutputFormat, width: Int? = TerminalWidth.current) {
    self.format = format
    self.width = width
    layout = DetectOutput.layout(width: width)
  }

  /// Prints the header.
  func begin() throws {
    switch format {
    case .table:
      if let layout { try StandardOutput.write(layout.header(DetectOutput.columns)) }
    case .csv: try StandardOutput.write(CSV.line(DetectOutput.columns.map(Cell.text)))
    case .json, .ndjson: break
    }
  }

  mutating func answer(_ error: ErrorContext) throws {
    let output = DetectOutput(error)
    switch format {
    case .table:
      count += 1
      let cells = output.row.map(TableLayout.shortened)
      if let layout {
        let line = width == nil ? layout.line(cells) : layout.line(cells, of: DetectOutput.columns)
        try StandardOutput.write(line)
      } else {
        let width = width ?? .max
        try StandardOutput.write(
          TableLayout.title(count, width: width)
            + TableLayout.record(cells, of: DetectOutput.columns, width: width))
      }
    case .csv:
      try StandardOutput.write(CSV.line(output.row))
    case .json, .ndjson:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let json = String(decoding: try encoder.encode(output), as: UTF8.self)
      try StandardOutput.write(TerminalText.json(json) + "\n")
    }
  }
}
