import Healing
import HealingSQLite

enum BreakersCommand: Command {
  static let name = "breakers"
  static let summary = "the circuit breakers in a ledger"
  static let options: [Option] = [.ledger, .format]
  static let examples = """

    Example:
      healing breakers --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected here; see 'healing breakers --help'")
    }
    let format = try options.format()
    let breakers = try await SQLiteLedgerReader(path: options.ledgerPath()).breakers.all()
    try StandardOutput.write(Table(breakers, now: SystemTimeSource().wallClock()).render(format))
  }
}
