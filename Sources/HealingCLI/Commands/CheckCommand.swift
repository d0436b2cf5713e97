import Healing
import HealingSQLite
import HealingServer

enum CheckCommand: Command {
  static let name = "check"
  static let summary =
    "looks a ledger over: file, schema, integrity, roll-ups, missing batches, the SQLite it is read with"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "accept-loss", value: nil,
      help: "count batches that are missing as lost, so that the ledger can be written again"),
  ]
  static let examples = """

    Reads every page and recounts every total, so it takes a while on a large ledger. Changes nothing, but with
    --accept-loss: then a gap row counts the batches that were durable and are missing from the file.

    Examples:
      healing check --ledger healing.db
      healing check --ledger healing.db --accept-loss

    """

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    if options.has("accept-loss") { try await acceptLoss(path) }
    let report = try await LedgerCheck(path: path).run()
    try StandardOutput.write(report.lines.map { TerminalText.line($0) + "\n" }.joined())
    if let problem = report.problem { throw problem }
  }

  private static func acceptLoss(_ path: String) async throws {
    // Only a ledger that is there can have lost something.
    _ = try SQLiteLedgerReader(path: path)
    let ledger = try SQLiteLedger(acceptingLossAt: path, identity: Version.identity("check"))
    {
      StandardError.say("healing: \($0)")
    }
    try await ledger.close()
  }
}
