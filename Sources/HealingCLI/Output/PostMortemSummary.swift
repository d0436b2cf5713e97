import Healing
import HealingPages

/// The draft of a post-mortem as a terminal shows it: the sentences, and the tables that a reader needs first.
struct PostMortemSummary {
  private let draft: PostMortem
  private let words: PostMortemText
  private let width: Int

  /// - Parameter width: columns of the terminal.
  init(_ draft: PostMortem, width: Int) {
    self.draft = draft
    words = PostMortemText(draft)
    self.width = max(40, width)
  }

  var text: String {
    var text = ""
    for line in [words.title, draft.id] where !text.hasPrefix(line) { text += wrapped(line) }
    text += wrapped(
      "\(draft.status.rawValue), \(words.duration); \(draft.components.map(\.text).joined(separator: " → "))")
    for sentence in words.summary { text += "\n" + wrapped(sentence) }
    text += section(
      "Impact", words.impact,
      ["component", "calls", "saved", "degraded", "lost", "effective", "actual", "load"])
    text += "\n" + wrapped(words.detection.remark)
    text += section("Times", words.detection, ["time", "at (UTC)", "after the start", "row"])
    text += section(
      "In order", words.order, ["component", "began (UTC)", "lag", "lasted", "failures", "rejected"])
    text += section("Before", words.contributors, ["at (UTC)", "component", "what", "who"])
    text += section("Releases", words.releases, ["component", "releases", "verdict", "failed"])
    text += section("Retries", words.retries, ["component", "verdict", "extra attempts", "saved", "load"])
    text += section(
      "Circuits", words.openings, ["opened (UTC)", "component", "for", "rejected", "verdict", "why"])
    text += section(
      "Operators", words.overrides,
      ["at (UTC)", "component", "verdict", "unanswered before", "after", "what"])
    text += section("Errors", words.faults, ["component", "standing", "errors", "category", "message"])
    text += section("Different", words.differences, ["what", "share", "share before", "value"])
    text += section("Seen before", words.seenBefore, ["incident", "similarity", "what ended it"])
    text += section("Timeline", words.timeline, ["at (UTC)", "component", "what"])
    text += section("Notes", words.notes, ["at (UTC)", "kind", "who", "text"])
    text += section("Users", words.users, ["user", "requests"])
    text += "\n" + wrapped("'healing incident \(draft.id) --format markdown' prints the whole draft.")
    return text
  }

  private static let gap = 2

  /// Returns some columns of a table; the last one is cut to the width. Empty without rows.
  private func section(_ title: String, _ table: PostMortemText.Table, _ names: [String]) -> String {
    // A column without values takes the place of one with values.
    let places = names.compactMap { name in table.columns.firstIndex(of: name) }
      .filter { place in place == 0 || table.rows.contains { $0[place] != "–" } }
    guard !table.rows.isEmpty, !places.isEmpty else { return "" }
    let header = places.map { table.columns[$0] }
    let rows = table.rows.map { row in places.map { TerminalText.line(row[$0]) } }
    let isNumber = places.indices.map { column in
      column > 0 && rows.allSatisfy { row in row[column].utf8.allSatisfy { !(0x41...0x7A).contains($0) } }
    }
    // The text of the longest column is cut, as far as it has to be.
    var widths = places.indices.map { column in
      max(header[column].displayWidth, rows.map { $0[column].displayWidth }.max() ?? 0)
    }
    var excess = widths.reduce(Self.gap * (widths.count - 1), +) - width
    while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 12 {
      let second = widths.enumerated().filter { $0.offset != widest }.map(\.element).max() ?? 0
      let kept = max(12, min(widths[widest] - 1, max(widths[widest] - excess, second)))
      excess -= widths[widest] - kept
      widths[widest] = kept
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let cell = TableLayout.cut(cells[column], to: widths[column])
        let space = String(repeating: " ", count: max(0, widths[column] - cell.displayWidth))
        return isNumber[column] ? space + cell : cell + space
      }
      var line = padded.joined(separator: String(repeating: " ", count: Self.gap))
      while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
      return line + "\n"
    }
    return "\n\(title)\n" + line(header) + line(widths.map { String(repeating: "-", count: $0) })
      + rows.map(line).joined()
  }

  /// Returns a text in lines of the width, broken at blanks.
  private func wrapped(_ text: String) -> String {
    var lines: [String] = [""]
    for word in TerminalText.line(text).split(separator: " ", omittingEmptySubsequences: true) {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.displayWidth + 1 + word.displayWidth <= width {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { "\($0)\n" }.joined()
  }
}
