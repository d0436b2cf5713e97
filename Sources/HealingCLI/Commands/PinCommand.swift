import Foundation
import Healing
import HealingSQLite

enum PinCommand: Command {
  static let name = "pin"
  static let summary = "keeps the rows of a range, lists such ranges, or removes one"
  static let positional = "[list|remove ID]"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component,
    Option(name: "reason", value: "TEXT", help: "why the rows must stay (required for a new pin)"),
    Option(name: "actor", value: "NAME", help: "who asks for it (default: the user's name)"),
    .format,
  ]
  static let examples = """

    Retention and 'healing prune' keep the rows of a pinned range, and its sums by
    the minute and the hour. The range is widened to whole minutes.

    Examples:
      healing pin --ledger healing.db --since 2026-11-27T03:00:00Z \\
        --until 2026-11-27T05:00:00Z --reason "post-mortem of the outage"
      healing pin list --ledger healing.db
      healing pin remove 3 --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    switch options.positional.first {
    case nil: try await pin(options)
    case "list" where options.positional.count == 1: try await list(options)
    case "remove" where options.positional.count == 2: try await remove(options.positional[1], options)
    default: throw UsageError("give no word, 'list', or 'remove ID'; see 'healing pin --help'")
    }
  }

  private static func actor(_ options: ParsedOptions) throws -> String {
    guard let actor = options.values["actor"] else { return "\(NSUserName()) (healing pin)" }
    guard !actor.isEmpty else { throw UsageError("--actor is empty") }
    return actor
  }

  private static func pin(_ options: ParsedOptions) async throws {
    guard !options.has("format") else { throw UsageError("--format is for the list only") }
    guard options.has("since"), options.has("until") else {
      throw UsageError("a pin needs --since and --until")
    }
    guard let reason = options.values["reason"], !reason.isEmpty else {
      throw UsageError("a pin needs --reason")
    }
    let range = try options.range(now: SystemTimeSource().wallClock()).inWholeMinutes
    guard let since = range.since, let until = range.until, since < until else {
      throw UsageError("--until is not after --since")
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

  private static func list(_ options: ParsedOptions) async throws {
    try refuse(["since", "until", "utc", "component", "reason", "actor"], options)
    let format = try options.format()
    let upkeep = try LedgerUpkeep(path: options.ledgerPath(), identity: Version.identity("pin"))
    try StandardOutput.write(Table(try await upkeep.pins()).render(format))
  }

  private static func remove(_ word: String, _ options: ParsedOptions) async throws {
    try refuse(["since", "until", "utc", "component", "reason", "format"], options)
    guard let id = Int64(digits: word) else {
      throw UsageError("'\(word)' is not the number of a pin; see 'healing pin list'")
    }
    let path = try options.ledgerPath()
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("pin"))
    guard try await upkeep.pins().contains(where: { $0.id == id }),
      try await upkeep.removePin(id, actor: try actor(options))
    else { throw UsageError("\(path): there is no pin \(id); see 'healing pin list --ledger \(path)'") }
    try StandardOutput.write("pin \(id) removed; retention deletes its rows with the next pass\n")
  }

  private static func refuse(_ names: [String], _ options: ParsedOptions) throws {
    if let name = names.first(where: options.has) {
      throw UsageError("--\(name) is not for '\(options.positional.first ?? "")'")
    }
  }
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
