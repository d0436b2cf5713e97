import Foundation
import Healing
import HealingSQLite

enum ComponentsCommand: Command {
  static let name = "components"
  static let summary = "lists the components of a ledger, or forgets one"
  static let positional = "[list|forget NAME]"
  static let options: [Option] = [.ledger, .format]
  static let examples = """

    Without an argument, or with 'list', the command lists the components.

    Forgetting a component removes its circuit, its health window and its policy
    in every program that has the ledger open, within about 100 ms. History rows
    and all totals are kept. A later call under the name starts with a closed
    circuit and an empty window.

    Examples:
      healing components list --ledger healing.db
      healing components forget tenant-17 --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    switch options.positional.first {
    case nil, "list":
      try options.rejectArguments(after: 1)
      try await list(options)
    case "forget":
      try options.rejectArguments(after: 2)
      guard let name = options.positional.dropFirst().first else {
        throw UsageError("forget needs a component: 'forget NAME'")
      }
      try await forget(name, options)
    case let word?:
      let hint =
        Spelling.nearest(to: word, among: ["list", "forget"]).map { "; did you mean '\($0)'?" } ?? ";"
      throw UsageError("'\(word)' is not a known action\(hint) say 'list' or 'forget NAME'")
    }
  }

  private static func list(_ options: ParsedOptions) async throws {
    let format = try options.format()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    let components = try await reader.components.all()
    let breakers = try await reader.breakers.all()
    let circuits = Dictionary(
      breakers.map { ($0.component, $0.state) }, uniquingKeysWith: { first, _ in first })
    try StandardOutput.write(Table(components, circuits: circuits).render(format))
  }

  private static func forget(_ word: String, _ options: ParsedOptions) async throws {
    try options.reject(["format"], for: "'forget'")
    let name = try ComponentName(validating: word)
    let path = try options.ledgerPath()
    // The reader creates neither a ledger nor a component.
    let reader = try SQLiteLedgerReader(path: path)
    guard try await reader.components.find(name) != nil else {
      throw await UnknownComponent(name, in: reader)
    }
    let ledger = try SQLiteLedger(
      path: path, identity: Version.identity("components forget"),
      options: SQLiteLedgerOptions(retention: nil))
    ledger.record(
      .forgotten(
        name, id: ledger.makeID(), at: SystemTimeSource().wallClock(),
        actor: "\(NSUserName()) (healing components forget)"))
    try await ledger.close()
    try StandardOutput.write("component '\(name)' forgotten; its history and the totals are kept\n")
  }
}
