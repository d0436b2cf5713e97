import Healing
import HealingSQLite

enum SalvageCommand: Command {
  static let name = "salvage"
  static let summary = "writes the readable rows of a damaged ledger to a new one"
  static let positional = "BROKEN NEW"
  static let options: [Option] = []
  static let examples = """

    End the programs that have BROKEN open first. The command reads BROKEN and its
    -wal page by page and writes to neither. NEW must not exist. Totals are computed
    from the rows that are found. Circuits, health windows and forgotten components
    are not salvaged. A lost row of a component is replaced by 'component-NUMBER'.

    Examples:
      healing salvage healing.db salvaged.db
      healing check --ledger salvaged.db

    """

  static func run(_ options: ParsedOptions) async throws {
    try options.rejectArguments(after: 2)
    guard options.positional.count == 2, !options.positional.contains("") else {
      throw UsageError(
        "give BROKEN, the damaged ledger, and NEW, the file to write; see 'healing salvage --help'")
    }
    let upkeep = UpkeepTimer()
    let progress = ProgressLine()
    defer { progress.end() }
    let report = try LedgerSalvage.run(
      options.positional[0], to: options.positional[1], identity: Version.identity("salvage")
    ) { pages, all in
      progress.show("\(pages * 100 / max(1, all)) % read")
    }
    progress.end()
    upkeep.record(
      .salvage,
      [
        "ledger": .text(options.positional[0]), "pages": .integer(Int64(report.pages)),
        "rows": .integer(Int64(report.stored.reduce(0) { $0 + $1.rows })),
      ], ledger: options.positional[1])
    var lines = report.stored.map { "\($0.table): \($0.rows) rows" }
    lines.append("pages: \(report.pages), of which \(report.unknownPages) hold no rows that can be read")
    lines.append(
      "not salvaged: \(report.damaged) rows that cannot be decoded, \(report.unsound) with wrong values")
    try StandardOutput.write(lines.joined(separator: "\n") + "\n")
  }
}
