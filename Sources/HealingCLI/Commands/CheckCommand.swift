import Foundation
import Healing
import HealingSQLite

enum CheckCommand: Command {
  static let name = "check"
  static let summary = "checks a ledger: integrity, totals, lost batches, size, growth"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "quick", value: nil,
      help: "estimate rows and sizes; check neither integrity nor totals"),
    Option(name: "format", value: "FORMAT", help: "table or json (default: table)"),
    Option(
      name: "accept-loss", value: nil,
      help: "count missing batches as lost, so that the ledger can be written again"),
  ]
  static let examples = """

    The command reads every page and recounts every total, so it takes a while on a
    large ledger. --quick reads a few pages of each table and shows estimates
    with a '~'. Without --accept-loss the command changes nothing but one row in
    v_upkeep, for a sound ledger that programs write. With it, a gap row counts the
    durable batches that are missing from the file.

    Exit codes: 0 sound, 3 cannot be read, 4 damaged or batches missing, 5 no
    ledger, or an unknown schema.

    Examples:
      healing check --ledger healing.db
      healing check --ledger healing.db --quick --format json
      healing check --ledger healing.db --accept-loss

    """

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    let isJSON = try isJSON(options.values["format"])
    let isQuick = options.has("quick")
    if options.has("accept-loss") { try await acceptLoss(path) }
    let upkeep = UpkeepTimer()
    let progress = ProgressLine()
    let report: LedgerCheck.Report
    do {
      defer { progress.end() }
      report = try await LedgerCheck(path: path).run(isQuick: isQuick) { progress.show($0) }
    }
    if isJSON {
      try StandardOutput.write(PrettyJSON.text(of: report.document, keys: .convertToSnakeCase))
    } else {
      let width = TerminalWidth.current
      try StandardOutput.write(
        report.lines.map { wrapped(TerminalText.line($0), to: width) + "\n" }.joined())
    }
    if let problem = report.problem { throw problem }
    upkeep.record(.check, ["quick": .integer(isQuick ? 1 : 0)], ledger: path)
  }

  private static func isJSON(_ format: String?) throws -> Bool {
    guard let format, format != OutputFormat.table.rawValue else { return false }
    guard format == OutputFormat.json.rawValue else {
      throw UsageError("--format \(format): allowed are table, json")
    }
    return true
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
