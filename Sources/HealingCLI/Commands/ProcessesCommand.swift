import Healing
import HealingSQLite

enum ProcessesCommand: Command {
  static let name = "processes"
  static let summary = "lists the runs of programs: when they began, how they ended"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .eventFormat,
    Option(name: "limit", value: "N", help: "how many, the latest, 1...10000 (default: 20)"),
  ]
  static let examples = """

    A run is a program that had the ledger open for writing. With a range, the
    command lists the runs that had it open at some time of the range.

    clean        the run closed the ledger
    interrupted  another process found that the run had ended without that
    -            the run goes on, or no process has found its end yet

    Examples:
      healing processes --ledger healing.db
      healing processes --ledger healing.db --since 2026-11-27T04:00:00Z \\
        --until 2026-11-27T05:00:00Z --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format(OutputFormat.allCases)
    let range = try options.range(now: SystemTimeSource().wallClock())
    let limit = try options.integer("limit", default: 20, in: 1...10_000)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    let processes = try await reader.processes.recent(limit: range == .all ? limit : .max)
      .filter { $0.isOpen(in: range) }.suffix(limit)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !processes.isEmpty else { return try StandardOutput.write("no runs\n") }
    }
    try StandardOutput.write(Table(Array(processes), isShort: format == .table).render(format))
    options.noteLimit(limit, reachedBy: processes.count, of: "runs")
  }
}

extension ProcessRecord {
  /// Whether the run had the ledger open at some time of a range.
  fileprivate func isOpen(in range: LedgerRange) -> Bool {
    let hasBegun = range.until.map { startedAt < $0 } ?? true
    let hasEnded = range.since.map { since in endedAt.map { $0 < since } ?? false } ?? false
    return hasBegun && !hasEnded
  }
}

extension Table {
  /// A table of runs.
  /// - Parameter isShort: whether without the time of the end, which is that of the last row but for a moment.
  init(_ processes: [ProcessRecord], isShort: Bool) {
    columns =
      ["id", "program", "release", "host", "pid", "started", "last_write"]
      + (isShort ? ["end"] : ["ended", "end_kind"])
    rows = processes.map { process in
      let cells: [Cell] = [
        .integer(process.id), .text(process.program), Cell(process.release), .text(process.host),
        .integer(process.pid), .time(process.startedAt), .time(process.lastWriteAt),
      ]
      let end = Cell(process.end?.rawValue)
      return cells + (isShort ? [end] : [Cell(process.endedAt), end])
    }
  }
}
