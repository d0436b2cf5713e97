import Healing
import HealingSQLite

enum CheckCommand: Command {
  static let name = "check"
  static let summary = "looks a ledger over: file, schema, integrity, roll-ups, the SQLite it is read with"
  static let options: [Option] = [.ledger]
  static let examples = """

    Reads every page and recounts every total, so it takes a while on a large ledger. Changes nothing.

    Example:
      healing check --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    let report = try await LedgerCheck(path: path).run()
    print(report.lines.map { $0 + "\n" }.joined(), terminator: "")
    if let problem = report.problem { throw problem }
  }
}
