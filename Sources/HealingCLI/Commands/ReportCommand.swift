import Healing
import HealingSQLite

enum ReportCommand: Command {
  static let name = "report"
  static let summary = "reports recoveries: totals, by action, by component, the latest"
  static let positional = "[overall|by-action|by-component|recent]"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .format,
    Option(name: "limit", value: "N", help: "how many recent recoveries, 1...1000 (default: 10)"),
  ]
  static let examples = """

    Examples:
      healing report --ledger healing.db
      healing report by-action --ledger healing.db --since 24h
      healing report recent --ledger healing.db --component orders_db --format json

    Without a report --format json prints one object with the keys overall,
    by_action, by_component and recent.

    Totals are kept by the minute: every report but recent widens the range to
    whole minutes. Where retention has deleted the sums of minutes, by default
    after 90 days, it widens the range to whole hours, and after 730 days to
    whole days, and says so: in the first line of a table, else on standard error.

    On a terminal that is too narrow for a table, each row is printed as a list.
    Tables cut long texts and times; JSON and CSV have them in full. CSV puts an
    apostrophe before a text that a spreadsheet would evaluate as a formula, and
    replaces control characters; JSON has every text unchanged.

    """

  private enum Kind: String, CaseIterable {
    case overall
    case byAction = "by-action"
    case byComponent = "by-component"
    case recent

    /// The key of the report in the JSON object of all reports.
    var key: String { rawValue.replacing("-", with: "_") }
  }

  static func run(_ options: ParsedOptions) async throws {
    try options.rejectArguments(after: 1)
    let kind = try options.positional.first.map(kind)
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    if let kind, kind != .recent { try options.reject(["limit"], for: "'\(kind.rawValue)'") }
    let limit = try options.integer("limit", default: 10, in: 1...1000)
    if kind == nil && format == .csv {
      throw UsageError("--format csv prints one report: \(words)")
    }
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let totals = kind == .recent ? nil : try await reader.keptRollups().widened(range)
    if format == .table {
      if let heading = options.heading(of: range, totals: totals) {
        try StandardOutput.write("\(heading)\n\n")
      }
    } else if let totals, totals != range.inWholeMinutes,
      let note = ParsedOptions.widening(of: range, to: totals)
    {
      StandardError.say("healing: \(note)")
    }
    if let kind {
      try StandardOutput.write(await table(kind, reader, range, component, limit).render(format))
      return
    }
    if format == .json {
      var reports: [String: Table] = [:]
      for kind in Kind.allCases {
        reports[kind.key] = try await table(kind, reader, range, component, limit)
      }
      return try StandardOutput.write(PrettyJSON.text(of: reports.mapValues(\.objects)))
    }
    for kind in Kind.allCases {
      let table = try await table(kind, reader, range, component, limit).render(.table)
      try StandardOutput.write("\(kind.rawValue)\n\(table)\n")
    }
  }

  private static var words: String { Kind.allCases.map(\.rawValue).joined(separator: ", ") }

  private static func kind(_ word: String) throws -> Kind {
    guard let kind = Kind(rawValue: word) else {
      let hint =
        Spelling.nearest(to: word, among: Kind.allCases.map(\.rawValue)).map { "; did you mean '\($0)'?" }
        ?? ""
      throw UsageError("there is no report '\(word)'\(hint.isEmpty ? ";" : hint) reports: \(words)")
    }
    return kind
  }

  private static func table(
    _ kind: Kind, _ reader: SQLiteLedgerReader, _ range: LedgerRange, _ component: ComponentName?,
    _ limit: Int
  ) async throws -> Table {
    if kind == .recent {
      return Table(try await reader.recoveries.recent(range, component: component, limit: limit))
    }
    let statistics = try await reader.recoveries.statistics(range, component: component)
    switch kind {
    case .overall, .recent: return Table(statistics)
    case .byAction: return Table(statistics.byAction)
    case .byComponent: return Table(statistics.byComponent)
    }
  }
}
