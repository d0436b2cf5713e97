import Foundation
import Healing
import HealingSQLite

enum NoteCommand: Command {
  static let name = "note"
  static let summary = "adds what people know about an incident: title, cause, actions"
  static let positional = "ID|last"
  static let options: [Option] = [
    .ledger,
    Option(name: "title", value: "TEXT", help: "the incident's title"),
    Option(name: "cause", value: "TEXT", help: "the cause, in a person's words"),
    Option(
      name: "detected-at", value: "TIME", help: "when people noticed it: ISO-8601 (shown beside the alert)"),
    Option(name: "merge", value: "ID", help: "another incident that is a part of this one"),
    Option(name: "split", value: "ID", help: "a merged incident that is no part any more"),
    Option(name: "action", value: "TEXT", help: "something to do"),
    Option(name: "link", value: "ADDRESS", help: "where more is written"),
    Option(name: "text", value: "TEXT", help: "anything else"),
    Option(name: "actor", value: "NAME", help: "who knows it (required)"),
    .utc,
  ]
  static let examples = """

    Notes are only added. The last title and the last --detected-at count; both
    the computed and the noted time are shown. Secrets are redacted. Retention
    keeps notes. Services may write the ledger meanwhile.

    Examples:
      healing note 2026-11-27-orders_db-0412 --ledger healing.db \\
        --title "Orders database out of connections" --actor ana
      healing note last --action "alert on the pool's size" --actor ana
      healing note last --merge 2026-11-27-mail-0455 --actor ana

    """

  private static let kinds: [(option: String, kind: IncidentNote.Kind)] = [
    ("title", .title), ("cause", .cause), ("detected-at", .detectedAt), ("merge", .merge), ("split", .split),
    ("action", .actionItem), ("link", .link), ("text", .text),
  ]

  static func run(_ options: ParsedOptions) async throws {
    guard let word = options.positional.first else {
      throw UsageError("which incident? Give its id, or 'last'; see 'healing incidents'")
    }
    try options.rejectArguments(after: 1)
    let given = kinds.filter { options.has($0.option) }
    guard !given.isEmpty else {
      throw UsageError("a note needs one of --\(kinds.map(\.option).joined(separator: ", --"))")
    }
    guard let actor = options.values["actor"], !actor.isEmpty else {
      throw UsageError("a note needs --actor NAME: the person who knows it")
    }
    if options.has("utc"), !options.has("detected-at") { throw UsageError("--utc needs --detected-at") }
    let now = SystemTimeSource().wallClock()
    let rules = IncidentRules()
    let path = try options.ledgerPath()
    let reader = try SQLiteLedgerReader(path: path)
    let id = word == "last" ? try await IncidentCommand.lastID(reader, rules, now) : word
    guard let draft = try await reader.postMortem(of: id, rules: rules, now: now) else {
      throw await NoIncident(id, in: reader, rules: rules, now: now)
    }
    var notes: [IncidentNote] = []
    for (option, kind) in given {
      let text = try await text(of: option, kind, options, draft, reader, now)
      notes.append(IncidentNote(at: now, incident: draft.id, kind: kind, text: text, actor: actor))
    }
    let ledger = try SQLiteLedger(
      path: path, identity: Version.identity("note"), options: SQLiteLedgerOptions(retention: nil))
    for note in notes { ledger.record(.note(note)) }
    try await ledger.close()
    try StandardOutput.write(
      "\(draft.id): \(notes.count == 1 ? "1 note" : "\(notes.count) notes") added by \(TerminalText.line(notes[0].actor))\n"
    )
  }

  /// Returns the text of a note.
  /// - Throws: when it has no effect, such as the merge of an incident that does not exist.
  private static func text(
    of option: String, _ kind: IncidentNote.Kind, _ options: ParsedOptions, _ draft: PostMortem,
    _ reader: SQLiteLedgerReader, _ now: Timestamp
  ) async throws -> String {
    let text = options.values[option] ?? ""
    guard !text.isEmpty else { throw UsageError("--\(option) is empty") }
    guard text.unicodeScalars.count <= IncidentNote.maximumLength else {
      throw UsageError("--\(option) has more than \(IncidentNote.maximumLength) characters")
    }
    switch kind {
    case .detectedAt:
      guard let time = try options.time(option, now: now) else { throw UsageError("--\(option) is missing") }
      guard time >= draft.times.started.at else {
        throw UsageError(
          "--\(option) \(text) is before the start of the incident, \(draft.times.started.at.iso8601)")
      }
      return time.iso8601
    case .merge:
      guard let other = try await reader.postMortem(of: text, now: now) else {
        throw await NoIncident(text, in: reader, rules: IncidentRules(), now: now)
      }
      guard other.id != draft.id else {
        throw UsageError("--merge \(text): it is \(draft.id) itself, or a part of it already")
      }
      return other.id
    case .split:
      guard draft.merged.contains(text) else {
        let merged =
          draft.merged.isEmpty
          ? "it has no part that was merged" : "parts: \(draft.merged.joined(separator: ", "))"
        throw UsageError("--split \(text): this is no merged part of \(draft.id); \(merged)")
      }
      return text
    default: return text
    }
  }
}
