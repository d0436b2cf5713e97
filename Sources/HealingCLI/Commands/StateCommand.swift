import Healing
import HealingSQLite

enum StateCommand: Command {
  static let name = "state"
  static let summary = "shows circuits, checks and alerts as they were at a time"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "at", value: "TIME", help: "the time: ISO-8601, or an age such as 90s, 15m, 24h (default: now)"),
    .utc, .component, .format,
  ]
  static let examples = """

    The last change of each circuit, the last check and the last alert up to the
    time. Checks that did not change the status have a row every 10 minutes, and
    retention deletes them: then the columns are empty.

    Examples:
      healing state --ledger healing.db --at 2026-11-27T04:12:30Z
      healing state --ledger healing.db --at 2h --component orders_db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing state --help'")
    }
    if options.has("utc"), !options.has("at") { throw UsageError("--utc needs --at") }
    let format = try options.format()
    let time = try options.time("at", now: SystemTimeSource().wallClock())
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let states = try await reader.states(at: time, component: component)
    if format == .table {
      if let time { try StandardOutput.write("at \(time.iso8601.prefix(19))Z\n\n") }
      guard !states.isEmpty else { return try StandardOutput.write("no components\n") }
    }
    try StandardOutput.write(Table(states).render(format))
  }
}

extension Table {
  /// A table of states at a time.
  init(_ states: [ComponentStateAt]) {
    columns = [
      "component", "circuit", "since", "until", "reason", "actor", "status", "checked", "message", "alert",
      "alerted",
    ]
    rows = states.map { state in
      [
        .text(state.component.text), .text(state.state.rawValue), Cell(state.since), Cell(state.until),
        Cell(state.reason), Cell(state.actor), Cell(state.status?.rawValue), Cell(state.checkedAt),
        Cell(state.checkMessage), Cell(state.alert), Cell(state.alertAt),
      ]
    }
  }
}
