import Foundation
import Healing
import HealingSQLite

enum PinCommand: Command {
  static let name = "pin"
  static let summary = "keeps the rows of a range or an incident, lists or removes pins"
  static let positional = "[INCIDENT|list|remove ID]"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "since", value: "TIME",
      help: "from this time on: ISO-8601, or an age such as 90s, 15m, 24h, 7d (required for a new pin)"),
    Option(name: "until", value: "TIME", help: "up to this time, likewise (default: now)"),
    .utc,
    Option(name: "component", value: "NAME", help: "keep only the rows of this component"),
    Option(name: "reason", value: "TEXT", help: "why the rows must stay (required for a new pin)"),
    Option(name: "actor", value: "NAME", help: "who asks for it (default: the user's name)"),
    .format,
  ]
  static let examples = """

    Retention and 'healing prune' keep the rows of a pinned range, and its sums by
    the minute and the hour. The range is widened to whole minutes. The id of an
    incident pins all components from an hour before it to 10 minutes after.

    Examples:
      healing pin --ledger healing.db --since 2026-11-27T03:00:00Z \\
        --until 2026-11-27T05:00:00Z --reason "post-mortem of the outage"
      healing pin 2026-11-27-orders_db-0412 --ledger healing.db
      healing pin list --ledger healing.db
      healing pin remove 3 --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    switch options.positional.first {
    case nil: try await pin(options)
    case "list":
      try options.rejectArguments(after: 1)
      try await list(options)
    case "remove":
      try options.rejectArguments(after: 2)
      guard let id = options.positional.dropFirst().first else {
        throw UsageError("remove needs the number of a pin: 'remove ID'; see 'healing pin list'")
      }
      try await remove(id, options)
    case let word? where word == "last" || Incident.minute(ofID: word) != nil:
      try options.rejectArguments(after: 1)
      try await pinIncident(word, options)
    case let word?:
      let hint =
        Spelling.nearest(to: word, among: ["list", "remove"]).map { "; did you mean '\($0)'?" } ?? ";"
      throw UsageError(
        "'\(word)' is not a known action\(hint) say 'list', 'remove ID' or the id of an incident, or nothing for a new pin"
      )
    }
  }

  private static func actor(_ options: ParsedOptions) throws -> String {
    guard let actor = options.values["actor"] else { return "\(NSUserName()) (healing pin)" }
    guard !actor.isEmpty else { throw UsageError("--actor is empty") }
    return actor
  }

  private static func pin(_ options: ParsedOptions) async throws {
    try options.reject(["format"], for: "a new pin")
    guard options.has("since") else { throw UsageError("a pin needs --since") }
    guard let reason = options.values["reason"], !reason.isEmpty else {
      throw UsageError("a pin needs --reason")
    }
    let range = try options.range(now: SystemTimeSource().wallClock()).inWholeMinutes
    guard let since = range.since, let until = range.until else {
      throw UsageError("--since is in the future: give --until")
    }
    let component = try options.component()
    let path = try options.ledgerPath()
    if let component {
      let reader = try SQLiteLedgerReader(path: path)
      guard try await reader.components.find(component) != nil else {
        throw await UnknownComponent(component, in: reader)
      }
    }
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("pin"))
    let id = try await upkeep.pin(
      since..<until, component: component, reason: reason, actor: try actor(options))
    try StandardOutput.write(
      "pin \(id): rows from \(since.iso8601.prefix(19))Z until \(until.iso8601.prefix(19))Z stay\n")
  }

  /// Keeps the rows of an incident: from an hour before, which its draft looks at, to 10 minutes after.
  private static func pinIncident(_ word: String, _ options: ParsedOptions) async throws {
    try options.reject(["format", "since", "until", "utc", "component"], for: "an incident")
    let path = try options.ledgerPath()
    let reader = try SQLiteLedgerReader(path: path)
    let (rules, now) = (IncidentRules(), SystemTimeSource().wallClock())
    let id = word == "last" ? try await IncidentCommand.lastID(reader, rules, now) : word
    guard let draft = try await reader.postMortem(of: id, rules: rules, now: now) else {
      throw await NoIncident(id, in: reader, rules: rules, now: now)
    }
    let range = LedgerRange(
      since: draft.times.started.at + .seconds(-3_600), until: draft.times.ended.at + .seconds(600)
    ).inWholeMinutes
    guard let since = range.since, let until = range.until else { return }
    let reason = options.values["reason"] ?? "incident \(draft.id)"
    guard !reason.isEmpty else { throw UsageError("--reason is empty") }
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("pin"))
    let pin = try await upkeep.pin(since..<until, component: nil, reason: reason, actor: try actor(options))
    try StandardOutput.write(
      "pin \(pin): rows from \(since.iso8601.prefix(19))Z until \(until.iso8601.prefix(19))Z stay\n")
  }

  private static func list(_ options: ParsedOptions) async throws {
    try options.reject(["since", "until", "utc", "component", "reason", "actor"], for: "'list'")
    let format = try options.format()
    let upkeep = try LedgerUpkeep(path: options.ledgerPath(), identity: Version.identity("pin"))
    try StandardOutput.write(Table(try await upkeep.pins()).render(format))
  }

  private static func remove(_ word: String, _ options: ParsedOptions) async throws {
    try options.reject(["since", "until", "utc", "component", "reason", "format"], for: "'remove'")
    guard let id = Int64(digits: word) else {
      throw UsageError("'\(word)' is not the number of a pin; see 'healing pin list'")
    }
    let path = try options.ledgerPath()
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("pin"))
    guard try await upkeep.pins().contains(where: { $0.id == id }),
      try await upkeep.removePin(id, actor: try actor(options))
    else { throw NoPin(id: id, ledger: path) }
    try StandardOutput.write("pin \(id) removed; retention deletes its rows with the next pass\n")
  }
}

/// The ledger has no pin with this number.
struct NoPin: Error, CustomStringConvertible {
  let id: Int64
  let ledger: String

  var description: String { "\(ledger): there is no pin \(id); see 'healing pin list --ledger \(ledger)'" }
}

extension Table {
  /// A table of pinned ranges.
  init(_ pins: [Pin]) {
    columns = ["id", "since", "until", "component", "reason", "actor", "pinned"]
    rows = pins.map {
      [
        .integer($0.id), .time($0.since), .time($0.until), Cell($0.component?.text), .text($0.reason),
        .text($0.actor), .time($0.pinnedAt),
      ]
    }
  }
}
