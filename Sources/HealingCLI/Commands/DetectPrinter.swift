import Foundation
import Healing

/// Prints each answer as it comes: what is asked may have no end.
struct DetectPrinter {
  private let format: OutputFormat
  /// Of a terminal; `nil` for anything else.
  private let width: Int?
  /// `nil` on a terminal that is too narrow for columns.
  private let layout: TableLayout?
  private var count = 0

  init(format: OutputFormat, width: Int? = TerminalWidth.current) {
    self.format = format
    self.width = width
    layout = DetectOutput.layout(width: width)
  }

  /// Prints what stands above the answers.
  func begin() throws {
    switch format {
    case .table:
      if let layout { try StandardOutput.write(layout.header(DetectOutput.columns)) }
    case .csv: try StandardOutput.write(CSV.line(DetectOutput.columns.map(Cell.text)))
    case .json: break
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
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let json = String(decoding: try encoder.encode(output), as: UTF8.self)
      try StandardOutput.write(TerminalText.json(json) + "\n")
    }
  }
}
