import Foundation

/// Named columns and rows of figures, and the three ways to print them.
struct Table {
  let columns: [String]
  let rows: [[Cell]]

  func render(_ format: OutputFormat) throws -> String {
    switch format {
    case .table: aligned
    case .json: try json
    case .csv: csv
    }
  }

  private var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let objects = rows.map { Dictionary(zip(columns, $0), uniquingKeysWith: { first, _ in first }) }
      return String(decoding: try encoder.encode(objects), as: UTF8.self) + "\n"
    }
  }

  private var csv: String {
    func quote(_ text: String) -> String {
      text.contains(where: { ",\"\r\n".contains($0) })
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    let lines = [columns] + rows.map { $0.map(\.plain) }
    return lines.map { $0.map(quote).joined(separator: ",") + "\r\n" }.joined()
  }

  private var aligned: String {
    let texts = rows.map { $0.map { Self.shortened($0.display) } }
    let widths = columns.indices.map { column in
      max(columns[column].count, texts.map { $0[column].count }.max() ?? 0)
    }
    let isNumber = columns.indices.map { column in rows.contains { $0[column].isNumber } }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return isNumber[column] ? space + cells[column] : cells[column] + space
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }
    return line(columns) + line(widths.map { String(repeating: "-", count: $0) }) + texts.map(line).joined()
  }

  private static func shortened(_ text: String) -> String {
    text.count > 60 ? text.prefix(59) + "…" : text
  }
}
