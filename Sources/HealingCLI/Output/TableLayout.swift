import Foundation

/// Column widths of a printed table.
struct TableLayout {
  private(set) var widths: [Int]
  /// Whether each column is numeric and so right-aligned.
  let isNumber: [Bool]

  private static let gap = 2
  /// Columns of free text, which may be cut. Other columns are not cut.
  private static let freeTexts: Set = ["message", "by", "reason"]
  /// Minimum number of characters of a cut free text.
  private static let shortestText = 20

  /// Returns the layout cut to a terminal's width; `nil` when the columns do not fit.
  func fitted(_ columns: [String], to width: Int?) -> TableLayout? {
    guard let width else { return self }
    var layout = self
    var excess = widths.reduce(Self.gap * (widths.count - 1), +) - width
    for column in columns.indices where excess > 0 && Self.freeTexts.contains(columns[column]) {
      let kept = max(Self.shortestText, columns[column].count, widths[column] - excess)
      guard kept < widths[column] else { continue }
      excess -= widths[column] - kept
      layout.widths[column] = kept
    }
    return excess > 0 ? nil : layout
  }

  /// Returns the column names and a separator line.
  func header(_ columns: [String]) -> String {
    line(columns) + line(widths.map { String(repeating: "-", count: $0) })
  }

  /// - Parameter cells: results of ``shortened(_:)``. A cell wider than its column shifts the following cells.
  func line(_ cells: [String]) -> String {
    let padded = cells.indices.map { column in
      let space = String(repeating: " ", count: max(0, widths[column] - cells[column].displayWidth))
      return isNumber[column] ? space + cells[column] : cells[column] + space
    }
    var line = padded.joined(separator: String(repeating: " ", count: Self.gap))
    while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
    return line + "\n"
  }

  /// Returns the same line with free text cut to the column widths.
  func line(_ cells: [String], of columns: [String]) -> String {
    line(
      cells.indices.map {
        Self.freeTexts.contains(columns[$0]) ? Self.cut(cells[$0], to: widths[$0]) : cells[$0]
      })
  }

  /// Returns a row as a record with a line for each column, for a terminal that is too narrow for the table.
  static func record(_ cells: [String], of columns: [String], width: Int) -> String {
    let names = columns.map(\.count).max() ?? 0
    return columns.indices.map { column in
      let name = columns[column].padding(toLength: names, withPad: " ", startingAt: 0)
      return cut("\(name)  \(cells[column])", to: width) + "\n"
    }.joined()
  }

  /// Returns the title line of a record, with its number.
  static func title(_ number: Int, width: Int) -> String {
    let title = "-[ \(number) ]"
    return cut(
      title.padding(toLength: max(title.count, min(width, 40)), withPad: "-", startingAt: 0), to: width)
      + "\n"
  }

  /// Returns the display text of a cell, cut to 60 columns. The number of scalars is limited too, because a
  /// character can have any number of combining marks.
  static func shortened(_ cell: Cell) -> String {
    let text = cell.display
    let isLong = text.unicodeScalars.dropFirst(4 * 60).first != nil
    let kept = isLong ? String(text.unicodeScalars.prefix(4 * 60)) : text
    return isLong || kept.displayWidth > 60 ? kept.prefix(columns: 59) + "…" : kept
  }

  /// Returns a text cut to this many columns.
  static func cut(_ text: String, to width: Int) -> String {
    text.displayWidth > width ? text.prefix(columns: width - 1) + "…" : text
  }
}
