public import Healing

/// The draft of a post-mortem as Markdown with GitHub's tables and without HTML.
public enum PostMortemMarkdown {
  /// A part of the text, by the name that a template uses.
  package enum Section: String, CaseIterable, Sendable {
    case title, head, summary, impact, detection, contributors, recovery, timeline, errors, different
    case seenBefore = "seen_before"
    case wentWell = "went_well"
    case wentWrong = "went_wrong"
    case lucky, actions, notes, users, appendix

    fileprivate var heading: String? {
      switch self {
      case .title, .head: nil
      case .summary: "Summary"
      case .impact: "Impact"
      case .detection: "Detection"
      case .contributors: "Trigger and contributors"
      case .recovery: "What recovery did"
      case .timeline: "Timeline"
      case .errors: "Error groups"
      case .different: "What was different"
      case .seenBefore: "Seen before"
      case .wentWell: "What went well"
      case .wentWrong: "What went wrong"
      case .lucky: "Where we got lucky"
      case .actions: "Action items"
      case .notes: "Notes"
      case .users: "Users"
      case .appendix: "Appendix"
      }
    }
  }

  /// Returns the text. Judgement is left to people, as `TODO`.
  public static func text(_ draft: PostMortem) -> String {
    let words = PostMortemText(draft)
    var page = Page()
    for section in Section.allCases {
      let body = body(section, draft, words)
      if body.isEmpty { continue }
      if let heading = section.heading { page.line("## \(heading)") }
      page.block(section == .title ? "# \(body)" : body)
    }
    return page.text
  }

  /// Returns a template with its placeholders filled in: `{{summary}}` is the summary, without its heading; `\{{` stays as `{{`.
  /// - Throws: ``TemplateError`` for a placeholder that is no ``Section``, and for a template without placeholders.
  package static func text(_ draft: PostMortem, template: String) throws(TemplateError) -> String {
    let words = PostMortemText(draft)
    var (text, rest, line) = ("", Substring(template), 1)
    var hasPlaceholder = false
    while let opening = rest.firstRange(of: "{{") {
      let before = rest[..<opening.lowerBound]
      line += before.count { $0.isNewline }
      rest = rest[opening.upperBound...]
      // A backslash keeps the braces of other tools.
      if before.hasSuffix("\\") {
        text += before.dropLast() + "{{"
        continue
      }
      text += before
      guard let closing = rest.firstRange(of: "}}"),
        !rest[..<closing.lowerBound].contains(where: \.isNewline)
      else { throw .unclosed(line: line) }
      let name = rest[..<closing.lowerBound].trimmingPrefix(while: \.isWhitespace)
        .reversed().trimmingPrefix(while: \.isWhitespace).reversed()
      guard let section = Section(rawValue: String(name)) else { throw .unknown(String(name), line: line) }
      let body = body(section, draft, words)
      text += body.hasSuffix("\n") ? body.dropLast() : body[...]
      hasPlaceholder = true
      rest = rest[closing.upperBound...]
    }
    guard hasPlaceholder else { throw .empty }
    return text + rest
  }

  /// What is wrong with a template.
  package enum TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A placeholder names no section.
    case unknown(String, line: Int)
    /// A placeholder does not end.
    case unclosed(line: Int)
    /// There is no placeholder.
    case empty

    package var description: String {
      let names = Section.allCases.map(\.rawValue).joined(separator: ", ")
      return switch self {
      case .unknown(let name, let line): "line \(line): {{\(name)}} is no section; the sections are \(names)"
      case .unclosed(let line):
        "line \(line): a placeholder has no end: write {{name}}; the names are \(names)"
      case .empty: "the template has no placeholder such as {{summary}}; the names are \(names)"
      }
    }
  }

  /// Returns a section without its heading; empty when the draft has nothing for it.
  private static func body(_ section: Section, _ draft: PostMortem, _ words: PostMortemText) -> String {
    var page = Page()
    switch section {
    case .title: return escaped(words.title)
    case .head:
      page.line(
        "\(code(draft.id)) · status: draft (\(draft.status.rawValue)) · rules version \(draft.rules.version) · computed at "
          + "\(Figures.time(draft.computedAt)) UTC · coverage \(Figures.percent(draft.coverage.coverage)) · times are UTC"
      )
    case .summary:
      page.line(words.summary.map(escaped).joined(separator: " "))
      page.line("TODO: what happened, in a sentence that a customer understands.")
    case .impact: page.table(words.impact)
    case .detection: page.table(words.detection)
    case .contributors: addContributors(&page, words)
    case .recovery: addRecovery(&page, draft, words)
    case .timeline:
      page.fenced(BlockChart.text(draft))
      page.table(words.timeline)
    case .errors: page.table(words.faults, none: "No errors.")
    case .different:
      page.table(
        words.differences,
        none:
          "No share of the errors differs from the stretch before by more than chance, or there were too few."
      )
    case .seenBefore:
      page.table(words.seenBefore, none: "No earlier incident within a month has similar errors.")
    case .wentWell: page.list(words.prompts.well)
    case .wentWrong: page.list(words.prompts.wrong)
    case .lucky: page.list(words.prompts.lucky)
    case .actions:
      var actions = words.actions
      if actions.rows.isEmpty { actions.rows = [["TODO", "", ""]] }
      page.table(actions)
    case .notes: page.table(words.notes)
    case .users: if !draft.users.isEmpty { page.table(words.users) }
    case .appendix: for line in words.appendix { page.line("- \(escaped(line))") }
    }
    return page.text
  }

  private static func addContributors(_ page: inout Page, _ words: PostMortemText) {
    for cause in words.causes { page.line("- \(escaped(cause))") }
    if words.causes.isEmpty { page.line("TODO: the cause. The ledger knows facts only; it names no cause.") }
    page.line("What failed, in order:")
    page.table(words.order)
    page.line("What changed in the hour before:")
    page.table(words.contributors, none: "No release, policy, override or new fault was recorded.")
    page.line("Releases that served at once:")
    page.table(words.releases, none: "No two releases served a member of the incident.")
  }

  private static func addRecovery(_ page: inout Page, _ draft: PostMortem, _ words: PostMortemText) {
    page.table(words.retries, none: "No retries in bad minutes.")
    page.table(words.attempts)
    page.line("Openings of circuits:")
    page.table(words.openings, none: "No circuit opened.")
    page.line("Acts of operators:")
    page.table(words.overrides, none: "No operator acted on a circuit.")
    if let end = draft.endedBy { page.line("Just before it was mitigated: \(escaped(end)).") }
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

    /// Adds the text of another page.
    mutating func block(_ body: String) {
      if !text.isEmpty { text += "\n" }
      text += body.hasSuffix("\n") ? body : "\(body)\n"
      isList = false
    }

    mutating func list(_ items: [String]) {
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
