import Foundation
import Healing
import HealingServer

/// Prints each answer as it comes: what is asked may have no end.
struct DetectPrinter {
  let format: OutputFormat

  /// Prints what stands above the answers.
  func begin() throws {
    switch format {
    case .table: try StandardOutput.write(DetectOutput.layout.header(DetectOutput.columns))
    case .csv: try StandardOutput.write(CSV.line(DetectOutput.columns.map(Cell.text)))
    case .json: break
    }
  }

  func answer(_ error: ErrorContext) throws {
    let output = DetectOutput(error)
    switch format {
    case .table:
      try StandardOutput.write(DetectOutput.layout.line(output.row.map(TableLayout.shortened)))
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
