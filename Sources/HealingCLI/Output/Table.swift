import Healing
import Foundation

/// A table of named columns and rows, printable in several formats.
struct Table {
  let columns: [String]
  let rows: [[Cell]]

  /// - Parameter width: terminal width, for the table format; `nil`: unlimited.
  func render(_ format: OutputFormat, width: Int? = TerminalWidth.current) throws -> String {
    switch format {
    case .table: text(width: width)
    case .json: try PrettyJSON.text(of: objects)
    case .csv: ([columns.map(Cell.text)] + rows).map(CSV.line).joined()
    case .ndjson:
      try objects.map { String(decoding: try JSONText.encode($0), as: UTF8.self) + "\n" }.joined()
    }
  }

  /// The rows as objects of JSON.
  var objects: [[String: Cell]] {
    rows.map { Dictionary(zip(columns, $0), uniquingKeysWith: { first, _ in first }) }
  }

  /// Renders rows as lines, or as records when the terminal is too narrow.
  private func text(width: Int?) -> String {
    guard !rows.isEmpty else { return "no rows\n" }
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
    return texts.enumerated().map { index, cells in
      (texts.count > 1 ? TableLayout.title(index + 1, width: width) : "")
        + TableLayout.record(cells, of: columns, width: width)
    }.joined()
  }
}
