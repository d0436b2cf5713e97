import Foundation
import HealingServer

/// Named columns and rows of figures, and the three ways to print them.
struct Table {
  let columns: [String]
  let rows: [[Cell]]

  func render(_ format: OutputFormat) throws -> String {
    switch format {
    case .table: aligned
    case .json: try json
    case .csv: ([columns.map(Cell.text)] + rows).map(CSV.line).joined()
    }
  }

  private var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let objects = rows.map { Dictionary(zip(columns, $0), uniquingKeysWith: { first, _ in first }) }
      return TerminalText.json(String(decoding: try encoder.encode(objects), as: UTF8.self)) + "\n"
    }
  }

  private var aligned: String {
    let texts = rows.map { $0.map(TableLayout.shortened) }
    let layout = TableLayout(
      widths: columns.indices.map { column in
        max(columns[column].count, texts.map { $0[column].count }.max() ?? 0)
      },
      isNumber: columns.indices.map { column in rows.contains { $0[column].isNumber } })
    return layout.header(columns) + texts.map(layout.line).joined()
  }
}
