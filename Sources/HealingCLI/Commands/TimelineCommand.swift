import Healing
import HealingSQLite

enum TimelineCommand: Command {
  static let name = "timeline"
  static let summary = "lists circuits, alerts, faults, releases and acts in order"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .format,
    Option(name: "limit", value: "N", help: "how many events, 1...10000 (default: 1000)"),
  ]
  static let examples = """

    Events are ordered by time. A fault is the first error of a fault, component
    and release; a check is one whose status changed.

    Examples:
      healing timeline --ledger healing.db --since 2026-11-27T04:00:00Z \\
        --until 2026-11-27T05:00:00Z
      healing timeline --ledger healing.db --since 1h --component orders_db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing timeline --help'")
    }
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let limit = try options.integer("limit", default: 1_000, in: 1...10_000)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let events = try await reader.timeline(range, component: component, limit: limit)
    if format == .table {
      if let heading = options.heading(of: range) {
        try StandardOutput.write("\(heading)\n\n")
      }
      guard !events.isEmpty else { return try StandardOutput.write("no events\n") }
    }
    try StandardOutput.write(Table(events, isShort: format == .table).render(format))
    if events.count == limit {
      StandardError.log.write("healing: the first \(limit) events; --limit prints more")
    }
  }
}

extension Table {
  /// A table of events.
  /// - Parameter isShort: whether with one column for the states and the message of an event.
  init(_ events: [TimelineEvent], isShort: Bool) {
    if isShort {
      columns = ["at", "kind", "component", "event", "actor"]
      rows = events.map { event in
        let states = [event.before, event.after].compactMap(\.self).joined(separator: " → ")
        let words = [states, event.text ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        return [
          .time(event.at), .text(event.kind), Cell(event.component?.text), .text(words), Cell(event.actor),
        ]
      }
      return
    }
    columns = ["at", "kind", "component", "before", "after", "message", "actor", "ref"]
    rows = events.map { event in
      [
        .time(event.at), .text(event.kind), Cell(event.component?.text), Cell(event.before),
        Cell(event.after),
        Cell(event.text), Cell(event.actor), .text(event.ref.description),
      ]
    }
  }
}
