import Foundation
import Healing
import HealingPages
import HealingSQLite

enum IncidentCommand: Command {
  static let name = "incident"
  static let summary = "prints the draft of an incident's post-mortem"
  static let positional = "ID|last"
  static let options: [Option] =
    [
      .ledger,
      Option(name: "format", value: "FORMAT", help: "table, markdown, json or html (default: table)"),
      Option(name: "template", value: "FILE", help: "Markdown with placeholders, such as {{summary}}"),
      Option(name: "chat", value: nil, help: "one line for a chat"),
      Option(name: "public", value: nil, help: "without hosts, people and messages of errors"),
      Option(name: "with-users", value: nil, help: "list users by their ids, not only their number"),
    ] + IncidentsCommand.ruleOptions
  static let examples = """

    Figures are filled in; what needs judgement is TODO, and no person is named as
    a cause. 'last' is the incident that began last. An id that a note has merged
    into another incident prints that one. Times are UTC.

    table     a summary for the terminal
    markdown  GitHub's tables, no HTML: the start of the document that you write
    html      one file to read and print, without a script
    json      every figure, schema healing.incident/1

    --template fills in your own document: {{title}}, {{head}}, {{summary}},
    {{impact}}, {{detection}}, {{contributors}}, {{recovery}}, {{timeline}},
    {{errors}}, {{different}}, {{seen_before}}, {{went_well}}, {{went_wrong}},
    {{lucky}}, {{actions}}, {{notes}}, {{users}} and {{appendix}}, each without
    its heading. '\\{{' is printed as '{{'.

    docs/incidents.md defines each term and the bounds of each verdict.

    Examples:
      healing incident last --ledger healing.db
      healing incident 2026-11-27-orders_db-0412 --format markdown > draft.md
      healing incident last --format html --public > report.html
      healing incident last --template our-review.md > review.md

    """

  private enum Format: String, CaseIterable {
    case table, markdown, json, html
  }

  static func run(_ options: ParsedOptions) async throws {
    guard let word = options.positional.first else {
      throw UsageError("which incident? Give its id, or 'last'; see 'healing incidents'")
    }
    try options.rejectArguments(after: 1)
    let format = try format(options)
    if options.has("chat") { try options.reject(["format", "template", "with-users"], for: "--chat") }
    let template = try template(options)
    if options.has("public") { try options.reject(["with-users"], for: "--public") }
    let rules = try IncidentsCommand.rules(options)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    let now = SystemTimeSource().wallClock()
    let id = word == "last" ? try await lastID(reader, rules, now) : word
    guard
      var draft = try await reader.postMortem(
        of: id, rules: rules, now: now, withUsers: options.has("with-users"))
    else { throw await NoIncident(id, in: reader, rules: rules, now: now) }
    if options.has("public") { draft = draft.redactedForPublic() }
    if options.has("chat") {
      return try StandardOutput.write(TerminalText.line(PostMortemText(draft).line) + "\n")
    }
    if let (file, text) = template {
      do {
        return try StandardOutput.write(PostMortemMarkdown.text(draft, template: text))
      } catch let error as PostMortemMarkdown.TemplateError {
        throw UsageError("--template \(file): \(error)")
      }
    }
    switch format {
    case .table:
      try StandardOutput.write(PostMortemSummary(draft, width: TerminalWidth.current ?? 80).text)
    case .markdown: try StandardOutput.write(PostMortemMarkdown.text(draft))
    case .json: try StandardOutput.write(PrettyJSON.text(of: draft, keys: .convertToSnakeCase))
    case .html: try StandardOutput.write(PostMortemPage.html(draft))
    }
  }

  private static func format(_ options: ParsedOptions) throws -> Format {
    guard let word = options.values["format"] else { return .table }
    guard let format = Format(rawValue: word) else {
      let words = Format.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("--format \(word): allowed are \(words)")
    }
    return format
  }

  /// Returns the file's name and text.
  private static func template(_ options: ParsedOptions) throws -> (file: String, text: String)? {
    guard let file = options.values["template"] else { return nil }
    if let format = options.values["format"], format != Format.markdown.rawValue {
      throw UsageError("--format \(format): a template is Markdown")
    }
    do {
      return (file, try String(contentsOfFile: file, encoding: .utf8))
    } catch {
      throw UsageError("--template \(file): the file cannot be read as UTF-8 text")
    }
  }

  /// Returns the id of the incident that began last: within the last month, else of all time.
  static func lastID(_ reader: SQLiteLedgerReader, _ rules: IncidentRules, _ now: Timestamp) async throws
    -> String
  {
    for range in [LedgerRange(since: now + .seconds(-31 * 86_400)), .all] {
      let found = try await reader.incidents(range, rules: rules, now: now).incidents
      if let last = found.max(by: { $0.startedAt < $1.startedAt }) { return last.id }
    }
    throw NoIncident(ledger: reader.path)
  }
}

/// The ledger has no such incident.
struct NoIncident: Error, CustomStringConvertible {
  let description: String

  /// The ledger has no incidents.
  init(ledger: String) { description = "\(ledger): there are no incidents" }

  /// Searches for near ones, as a hint.
  init(_ id: String, in reader: SQLiteLedgerReader, rules: IncidentRules, now: Timestamp) async {
    let near = (try? await reader.incidentIDs(near: id, rules: rules, now: now)) ?? []
    let hint = near.isEmpty ? "" : "; the nearest: \(near.joined(separator: ", "))"
    description =
      "\(reader.path): there is no incident '\(id)'\(hint); see 'healing incidents --ledger \(reader.path)'"
  }
}
