import Healing
import HealingSQLite

enum PruneCommand: Command {
  static let name = "prune"
  static let summary = "deletes old rows of a ledger; totals stay"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "older-than", value: "AGE",
      help: "delete rows older than this, such as 30d (default: by table, see below)"),
    Option(
      name: "max-size", value: "SIZE",
      help: "then delete the oldest rows until the ledger has this size, such as 500M (default: 2G)"),
    Option(name: "dry-run", value: nil, help: "count the rows, delete nothing"),
    .format,
  ]
  static let examples = """

    Programs and the daemon prune by themselves; this command is for once. It may
    run while they write: it deletes in short transactions.

    Default ages: samples and rejected calls 7 days, checks and the feed 30 days,
    errors 90 days, recoveries 400 days, sums by the minute 90 days, sums by the
    hour 730 days. With --older-than, all of them but the sums have that age. The
    size limit takes samples first, then checks, then errors and recoveries.

    Totals, sums by the day, transitions, overrides, alerts and policies stay.
    Pinned ranges stay (healing pin). 'healing check' still accounts for every
    deleted call and recovery. Bytes are approximate, and so are the rows that
    --dry-run counts for the size limit.

    Examples:
      healing prune --ledger healing.db --dry-run
      healing prune --ledger healing.db --older-than 30d --max-size 500M

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    var retention = RetentionOptions.standard
    if let age = try options.duration("older-than") {
      guard age >= .seconds(60) else { throw UsageError("--older-than: allowed is 1m or more") }
      (retention.samples, retention.errors, retention.recoveries) = (age, age, age)
      (retention.checks, retention.events) = (age, age)
    }
    if let size = try options.size("max-size") { retention.maxBytes = size }
    let isDry = options.has("dry-run")
    let path = try options.ledgerPath()
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("prune"))
    let report =
      isDry
      ? try await upkeep.previewPruning(retention)
      : try await UpkeepTimer().run(.prune, ledger: path) { try await upkeep.prune(retention) }
    let table = Table(report, isDry: isDry, for: format)
    guard format == .table else { return try StandardOutput.write(table.render(format)) }
    let rows = try table.rows.isEmpty ? "no rows to delete\n" : table.render(format)
    try StandardOutput.write("\(rows)\n\(note(report, isDry: isDry))\n")
  }

  private static func note(_ report: LedgerUpkeep.PruneReport, isDry: Bool) -> String {
    let (before, after) = report.usedBytes
    let used =
      isDry
      ? "dry run: nothing is deleted; rows use \(ByteText.of(after))"
      : "rows used \(ByteText.of(before)), and use \(ByteText.of(after))"
    let sizes =
      "\(used); the file has \(ByteText.of(report.fileBytes)), of which \(ByteText.of(report.freeBytes)) are free"
    if isDry { return sizes }
    let limit = report.figures.maxBytes.flatMap { after > $0 ? $0 : nil }.map {
      "; that is more than the limit of \(ByteText.of($0)), because retention keeps roll-ups, transitions, overrides, the sums of"
        + " merged ledgers, pinned rows and the present minute whatever the size"
    }
    return sizes + (report.givesPagesBack ? "" : ": 'healing compact' makes the file smaller") + (limit ?? "")
  }
}

extension Table {
  /// A table of deleted rows. For programs, each row also has the sizes of the ledger.
  init(_ report: LedgerUpkeep.PruneReport, isDry: Bool, for format: OutputFormat) {
    let ledger: [(name: String, cell: Cell)] =
      format == .table
      ? []
      : [
        ("dry_run", .flag(isDry)), ("used_bytes_before", .integer(report.usedBytes.before)),
        ("used_bytes_after", .integer(report.usedBytes.after)), ("file_bytes", .integer(report.fileBytes)),
      ]
    columns = ["table", "rows", "bytes"] + ledger.map(\.name)
    rows = report.figures.deleted.filter { $0.value.rows > 0 }.sorted { $0.key < $1.key }.map {
      [.text($0.key), .integer($0.value.rows), .integer($0.value.bytes)] + ledger.map(\.cell)
    }
  }
}
