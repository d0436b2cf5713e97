import Healing
import HealingSQLite

enum MergeCommand: Command {
  static let name = "merge"
  static let summary = "adds the history of other ledgers to a ledger"
  static let positional = "OTHER..."
  static let options: [Option] = [
    Option(
      name: "ledger", value: "TARGET", help: "the ledger that gets the rows (required); created if missing")
  ]
  static let examples = """

    The command reads the other ledgers and does not change them. Programs can
    write to all of them meanwhile. Merging a ledger again adds what is new in it.
    It is known by its identity, whatever its path, so a copy is not merged twice.
    Circuits, health windows and forgotten components are not merged, their history
    is. 'v_processes' shows the host of each run.

    Examples:
      healing merge web-1.db web-2.db --ledger fleet.db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard !options.positional.isEmpty else {
      throw UsageError("give the ledgers to merge; see 'healing merge --help'")
    }
    let path = try options.ledgerPath()
    // Throws before the target is created.
    let upkeep = UpkeepTimer()
    try await upkeep.run(.merge, ledger: path) { try LedgerMerge.check(options.positional, into: path) }
    let target = try LedgerImport(path: path, identity: Version.identity("merge")) {
      StandardError.say("healing: \($0)")
    }
    let progress = ProgressLine()
    var refused = false
    var rows = 0
    do {
      let merge = LedgerMerge(into: target, path: path)
      for other in options.positional {
        let report = try merge.merge(other) { table, rows throws(LedgerError) in
          progress.show("\(other): \(table) \(rows)")
        }
        progress.end()
        rows += report.total
        if let refusal = report.firstRefusal {
          refused = true
          StandardError.say(
            "healing: \(other): \(report.refused) rows were not merged; the first: \(refusal)")
        }
        for note in notes(on: report, path) { StandardError.say("healing: \(other): \(note)") }
        try StandardOutput.write(summary(of: report, other) + "\n")
      }
    } catch {
      progress.end()
      try? target.close(isComplete: false)
      upkeep.recordFailure(.merge, error, ledger: path)
      throw error
    }
    try target.close()
    upkeep.record(
      .merge, ["ledgers": .integer(Int64(options.positional.count)), "rows": .integer(Int64(rows))],
      ledger: path)
    if refused { throw SilentExit(code: .failure) }
  }

  /// Returns what of the ledger does not add up in the target.
  private static func notes(on report: LedgerMerge.Report, _ path: String) -> [String] {
    var notes: [String] = []
    if let time = report.executionsFrom {
      notes.append(
        "retention has deleted the sums of minutes before \(time.iso8601.prefix(19))Z there: executions from before that were not merged are missing in \(path)"
      )
    }
    if !report.resets.isEmpty {
      notes.append(
        "the metrics of \(report.resets.joined(separator: ", ")) were reset there since the last merge: the rates in \(path) still count the calls from before"
      )
    }
    if report.isUncounted {
      notes.append(
        "an earlier program merged it: calls and recoveries that retention has deleted there since are missing in \(path)"
      )
    }
    return notes
  }

  private static func summary(of report: LedgerMerge.Report, _ other: String) -> String {
    let list = report.stored.map { "\($0.table) \($0.rows)" }.joined(separator: ", ")
    let note =
      report.isRestored ? " (restored from an older copy since the last merge: read from the beginning)" : ""
    return "\(other): " + (report.total == 0 ? "nothing new" : "\(report.total) rows added: \(list)") + note
  }
}
