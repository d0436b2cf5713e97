import Healing
import HealingSQLite

enum CheckCommand: Command {
  static let name = "check"
  static let summary = "checks a ledger: integrity, totals, lost batches, SQLite version"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "accept-loss", value: nil,
      help: "count missing batches as lost, so that the ledger can be written again"),
  ]
  static let examples = """

    The command reads every page and recounts every total, so it takes a while on a
    large ledger. It changes nothing without --accept-loss. With it, a gap row
    counts the durable batches that are missing from the file.

    Examples:
      healing check --ledger healing.db
      healing check --ledger healing.db --accept-loss

    """

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    if options.has("accept-loss") { try await acceptLoss(path) }
    let report = try await LedgerCheck(path: path).run()
    let width = TerminalWidth.current
    try StandardOutput.write(report.lines.map { wrapped(TerminalText.line($0), to: width) + "\n" }.joined())
    if let problem = report.problem { throw problem }
  }

  /// Wraps a finding at the terminal's width; further lines are indented below the first line's text.
  static func wrapped(_ line: String, to width: Int?) -> String {
    let indent = 11
    guard let width, line.count > width, width > 2 * indent else { return line }
    var lines: [String] = []
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append((lines.isEmpty ? "" : String(repeating: " ", count: indent)) + word)
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func acceptLoss(_ path: String) async throws {
    // Throws when the ledger does not exist: then there is no loss to accept.
    _ = try SQLiteLedgerReader(path: path)
    let ledger = try SQLiteLedger(acceptingLossAt: path, identity: Version.identity("check")) {
      StandardError.say("healing: \($0)")
    }
    try await ledger.close()
  }
}
