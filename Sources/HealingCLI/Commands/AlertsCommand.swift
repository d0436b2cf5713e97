import Healing
import HealingSQLite

enum AlertsCommand: Command {
  static let name = "alerts"
  static let summary = "lists the alerts that were sent"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .eventFormat,
    Option(name: "limit", value: "N", help: "how many, the latest, 1...10000 (default: 100)"),
  ]
  static let examples = """

    The newest alert is the last line. An alert is about a component; whether it
    was delivered is in the calls of the component alert.NAME.

    Examples:
      healing alerts --ledger healing.db --since 7d
      healing alerts --ledger healing.db --component mail_api --format ndjson

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format(OutputFormat.allCases)
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let limit = try options.integer("limit", default: 100, in: 1...10_000)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let alerts =
      range == .all
      ? try await reader.checks.recentAlerts(component: component, limit: limit)
      : try await reader.checks.recentAlerts(range, component: component, limit: limit)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !alerts.isEmpty else { return try StandardOutput.write("no alerts\n") }
    }
    try StandardOutput.write(Table(alerts, isShort: format == .table).render(format))
    options.noteLimit(limit, reachedBy: alerts.count, of: "alerts")
  }
}

extension Table {
  /// A table of alerts.
  /// - Parameter isShort: whether with one column for the status and the message.
  init(_ alerts: [AlertRecord], isShort: Bool) {
    if isShort {
      columns = ["timestamp", "component", "kind", "message"]
      rows = alerts.map { alert in
        [
          .time(alert.at), .text(alert.component.text), .text(alert.kind.rawValue),
          .text("\(alert.status.rawValue): \(alert.message)"),
        ]
      }
      return
    }
    columns = [
      "id", "timestamp", "component", "kind", "resolved", "status", "previous_status", "message",
    ]
    rows = alerts.map { alert in
      [
        .text(alert.id.description), .time(alert.at), .text(alert.component.text),
        .text(alert.kind.rawValue), .flag(alert.isResolved), .text(alert.status.rawValue),
        Cell(alert.previousStatus?.rawValue), .text(alert.message),
      ]
    }
  }
}
