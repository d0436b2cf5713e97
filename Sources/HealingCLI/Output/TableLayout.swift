import Foundation

/// The widths of a printed table's columns.
struct TableLayout {
  private(set) var widths: [Int]
  /// Columns whose figures are aligned to the right.
  let isNumber: [Bool]

  private static let gap = 2
  /// Columns of free text, which may be cut; names and figures are not.
  private static let freeTexts: Set = ["message", "override"]
  /// A free text is not cut to fewer characters.
  private static let shortestText = 20

  /// The same, cut to a terminal's width; `nil` when the columns do not fit side by side.
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

  /// The names of the columns, and a line below them.
  func header(_ columns: [String]) -> String {
    line(columns) + line(widths.map { String(repeating: "-", count: $0) })
  }

  /// - Parameter cells: as ``shortened(_:)`` gives them. One that is wider than its column moves those behind it.
  func line(_ cells: [String]) -> String {
    let padded = cells.indices.map { column in
      let space = String(repeating: " ", count: max(0, widths[column] - cells[column].displayWidth))
      return isNumber[column] ? space + cells[column] : cells[column] + space
    }
    var line = padded.joined(separator: String(repeating: " ", count: Self.gap))
    while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
    return line + "\n"
  }

  /// The same with the cells of free text cut to their columns.
  func line(_ cells: [String], of columns: [String]) -> String {
    line(
      cells.indices.map {
        Self.freeTexts.contains(columns[$0]) ? Self.cut(cells[$0], to: widths[$0]) : cells[$0]
      })
  }

  /// A row with a line for each column, for a terminal that the table does not fit.
  static func record(_ cells: [String], of columns: [String], width: Int) -> String {
    let names = columns.map(\.count).max() ?? 0
    return columns.indices.map { column in
      let name = columns[column].padding(toLength: names, withPad: " ", startingAt: 0)
      return cut("\(name)  \(cells[column])", to: width) + "\n"
    }.joined()
  }

  /// What stands before a record: its number in a line that fits.
  static func title(_ number: Int, width: Int) -> String {
    let title = "-[ \(number) ]"
    return cut(
      title.padding(toLength: max(title.count, min(width, 40)), withPad: "-", startingAt: 0), to: width)
      + "\n"
  }

  /// A figure in at most 60 columns. A character can have any number of marks, so their number is bounded, too.
  static func shortened(_ cell: Cell) -> String {
    let text = cell.display
    let isLong = text.unicodeScalars.dropFirst(4 * 60).first != nil
    let kept = isLong ? String(text.unicodeScalars.prefix(4 * 60)) : text
    return isLong || kept.displayWidth > 60 ? kept.prefix(columns: 59) + "…" : kept
  }

  /// A text in at most this many columns.
  static func cut(_ text: String, to width: Int) -> String {
    text.displayWidth > width ? text.prefix(columns: width - 1) + "…" : text
  }
}
