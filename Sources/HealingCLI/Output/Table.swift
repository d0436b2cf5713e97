import Healing
import Foundation

/// Named columns and rows of figures, and the three ways to print them.
struct Table {
  let columns: [String]
  let rows: [[Cell]]

  /// - Parameter width: of the terminal, for a table; `nil`: unlimited.
  func render(_ format: OutputFormat, width: Int? = TerminalWidth.current) throws -> String {
    switch format {
    case .table: text(width: width)
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

  /// Rows side by side, or one below the other where the terminal is too narrow for that.
  private func text(width: Int?) -> String {
    let texts = rows.map { $0.map(TableLayout.shortened) }
    let natural = TableLayout(
      widths: columns.indices.map { column in
        max(columns[column].count, texts.map { $0[column].displayWidth }.max() ?? 0)
      },
      isNumber: columns.indices.map { column in rows.contains { $0[column].isNumber } })
    if let layout = natural.fitted(columns, to: width) {
      return layout.header(columns) + texts.map { layout.line($0, of: columns) }.joined()
    }
    let width = width ?? .max
    guard !texts.isEmpty else { return "no rows\n" }
    return texts.enumerated().map { index, cells in
      (texts.count > 1 ? TableLayout.title(index + 1, width: width) : "")
        + TableLayout.record(cells, of: columns, width: width)
    }.joined()
  }
}
