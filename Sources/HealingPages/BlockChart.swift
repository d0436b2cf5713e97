import Healing

/// Error rates over time in block characters, one pair of lines a component.
enum BlockChart {
  private static let width = 60
  private static let blocks: [Character] = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Returns the chart of the first four components; empty without minutes.
  static func text(_ draft: PostMortem) -> String {
    guard let first = draft.minutes.map(\.at).min(), let last = draft.minutes.map(\.at).max() else {
      return ""
    }
    let step = Int64(max(1, draft.minutesStep)) * 60_000_000
    let span = last.microseconds - first.microseconds + step
    let columns = Int(min(Int64(width), max(1, span / step)))
    let names = draft.components.prefix(4)
    let nameWidth = min(24, names.map(\.text.count).max() ?? 0)
    var lines: [String] = []
    for name in names {
      var sums = [IncidentMinute?](repeating: nil, count: columns)
      for minute in draft.minutes where minute.component == name {
        let place = Int((minute.at.microseconds - first.microseconds) * Int64(columns) / span)
        guard sums.indices.contains(place) else { continue }
        var sum = sums[place] ?? IncidentMinute(component: name, at: minute.at)
        sum.add(minute)
        sums[place] = sum
      }
      // A stored name can have any character, also those that end the block.
      let label = TerminalText.line(String(name.text.prefix(nameWidth))).replacing("`", with: "'")
      let padding = String(repeating: " ", count: nameWidth - label.count)
      lines.append("\(label)\(padding)  effective  \(row(sums.map { $0?.effectiveError }))")
      lines.append(
        "\(String(repeating: " ", count: nameWidth))  actual     \(row(sums.map { $0?.actualError }))")
    }
    let start = Figures.time(first)
    let end = Figures.clock(last + .seconds(60 * draft.minutesStep), since: first)
    let indent = String(repeating: " ", count: nameWidth + 13)
    let startText = String(start.suffix(8))
    let gap = String(repeating: " ", count: max(1, columns - startText.count - end.count))
    lines.append("\(indent)\(startText)\(gap)\(end)")
    return "errors, · none, █ all; blank: no calls\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ shares: [Double?]) -> String {
    String(
      shares.map { share -> Character in
        guard let share else { return " " }
        guard share > 0 else { return blocks[0] }
        return blocks[min(8, max(1, Int((share * 8).rounded(.up))))]
      })
  }
}
