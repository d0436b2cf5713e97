public import Healing

/// The draft of a post-mortem as Markdown with GitHub's tables and without HTML.
public enum PostMortemMarkdown {
  /// Returns the text. Judgement is left to people, as `TODO`.
  public static func text(_ draft: PostMortem) -> String {
    let words = PostMortemText(draft)
    var page = Page()
    page.line("# \(escaped(words.title))")
    page.line(
      "\(code(draft.id)) · status: draft (\(draft.status.rawValue)) · rules version \(draft.rules.version) · computed at "
        + "\(Figures.time(draft.computedAt)) UTC · coverage \(Figures.percent(draft.coverage.coverage)) · times are UTC"
    )
    page.heading("Summary")
    page.line(words.summary.map(escaped).joined(separator: " "))
    page.line("TODO: what happened, in a sentence that a customer understands.")
    page.heading("Impact")
    page.table(words.impact)
    page.heading("Detection")
    page.table(words.detection)
    page.heading("Trigger and contributors")
    for cause in words.causes { page.line("- \(escaped(cause))") }
    if words.causes.isEmpty { page.line("TODO: the cause. The ledger knows facts only; it names no cause.") }
    page.line("What failed, in order:")
    page.table(words.order)
    page.line("What changed in the hour before:")
    page.table(words.contributors, none: "No release, policy, override or new fault was recorded.")
    page.line("Releases that served at once:")
    page.table(words.releases, none: "No two releases served a member of the incident.")
    page.heading("What recovery did")
    page.table(words.retries, none: "No retries in bad minutes.")
    page.table(words.attempts)
    page.line("Openings of circuits:")
    page.table(words.openings, none: "No circuit opened.")
    page.line("Acts of operators:")
    page.table(words.overrides, none: "No operator acted on a circuit.")
    if let end = draft.endedBy { page.line("Just before it was mitigated: \(escaped(end)).") }
    page.heading("Timeline")
    page.fenced(BlockChart.text(draft))
    page.table(words.timeline)
    page.heading("Error groups")
    page.table(words.faults, none: "No errors.")
    page.heading("What was different")
    page.table(
      words.differences,
      none:
        "No share of the errors differs from the stretch before by more than chance, or there were too few.")
    page.heading("Seen before")
    page.table(words.seenBefore, none: "No earlier incident within a month has similar errors.")
    let prompts = words.prompts
    page.list("What went well", prompts.well)
    page.list("What went wrong", prompts.wrong)
    page.list("Where we got lucky", prompts.lucky)
    page.heading("Action items")
    var actions = words.actions
    if actions.rows.isEmpty { actions.rows = [["TODO", "", ""]] }
    page.table(actions)
    if !words.notes.rows.isEmpty {
      page.heading("Notes")
      page.table(words.notes)
    }
    if !draft.users.isEmpty {
      page.heading("Users")
      page.table(words.users)
    }
    page.heading("Appendix")
    for line in words.appendix { page.line("- \(escaped(line))") }
    return page.text
  }

  /// The text so far. A blank line separates its blocks.
  private struct Page {
    private(set) var text = ""
    private var isList = false

    mutating func line(_ line: String) {
      let isItem = line.hasPrefix("- ")
      if !text.isEmpty && !(isItem && isList) { text += "\n" }
      text += line + "\n"
      isList = isItem
    }

    mutating func heading(_ title: String) { line("## \(title)") }

    mutating func list(_ title: String, _ items: [String]) {
      heading(title)
      for item in items { line("- \(escaped(item))") }
      line("- TODO")
    }

    /// - Parameter none: printed instead of a table without rows; nothing when it is empty.
    mutating func table(_ table: PostMortemText.Table, none: String = "") {
      guard !table.rows.isEmpty else {
        if !none.isEmpty { line(none) }
        return
      }
      var lines = ["| \(table.columns.joined(separator: " | ")) |"]
      lines.append("|\(String(repeating: " --- |", count: table.columns.count))")
      for row in table.rows { lines.append("| \(row.map(escaped).joined(separator: " | ")) |") }
      line(lines.joined(separator: "\n"))
      if !table.remark.isEmpty { line(escaped(table.remark)) }
    }

    mutating func fenced(_ text: String) {
      guard !text.isEmpty else { return }
      line("```text\n\(text)```")
    }
  }

  /// Returns a text in one line that means itself: no character of it is markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    var isAfterWord = false
    let scalars = Array(TerminalText.line(text).unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let isBeforeWord = index + 1 < scalars.count && scalars[index + 1].properties.isAlphabetic
      switch scalar {
      // Between letters, an underscore is no emphasis.
      case "_": result += isAfterWord && isBeforeWord ? "_" : "\\_"
      case "\\", "`", "*", "[", "]", "<", ">", "|", "#", "~", "$": result += "\\\(Character(scalar))"
      case "&": result += "&amp;"
      // An address would become a link, and a name a mention.
      case "@": result += "@\u{200B}"
      default: result.unicodeScalars.append(scalar)
      }
      isAfterWord = scalar.properties.isAlphabetic
    }
    return result.replacing("://", with: ":\u{200B}//")
  }

  /// Returns a text as a span of code, which has no escapes; as plain text where it could end the span.
  private static func code(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-_.:/%".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty && !text.contains("://") ? "`\(text)`" : escaped(text)
  }
}
