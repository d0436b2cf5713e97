/// The widths of a printed table's columns.
struct TableLayout {
  let widths: [Int]
  /// Columns whose figures stand to the right.
  let isNumber: [Bool]

  /// The names of the columns, and a line below them.
  func header(_ columns: [String]) -> String {
    line(columns) + line(widths.map { String(repeating: "-", count: $0) })
  }

  /// - Parameter cells: as ``shortened(_:)`` gives them. One that is wider than its column moves those behind it.
  func line(_ cells: [String]) -> String {
    let padded = cells.indices.map { column in
      let space = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
      return isNumber[column] ? space + cells[column] : cells[column] + space
    }
    var line = padded.joined(separator: "  ")
    while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
    return line + "\n"
  }

  /// A figure in at most 60 characters. A character can have any number of marks, so their number is bounded, too.
  static func shortened(_ cell: Cell) -> String {
    let text = cell.display
    let isLong = text.unicodeScalars.dropFirst(4 * 60).first != nil
    let kept = isLong ? String(text.unicodeScalars.prefix(4 * 60)) : text
    return isLong || kept.count > 60 ? kept.prefix(59) + "…" : kept
  }
}
