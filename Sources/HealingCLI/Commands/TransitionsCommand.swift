import Healing
import HealingSQLite

enum TransitionsCommand: Command {
  static let name = "transitions"
  static let summary = "lists the changes of circuits, with who made them and why"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .eventFormat,
    Option(name: "limit", value: "N", help: "how many, the latest, 1...10000 (default: 100)"),
  ]
  static let examples = """

    The newest transition is the last line. An operator's action is a transition
    too, also when the state of the circuit stays. 'healing errors ID' shows the
    error that opened a circuit.

    Examples:
      healing transitions --ledger healing.db --since 24h
      healing transitions --ledger healing.db --component mail_api --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format(OutputFormat.allCases)
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let limit = try options.integer("limit", default: 100, in: 1...10_000)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let transitions =
      range == .all
      ? try await reader.breakers.transitions(component: component, limit: limit)
      : try await reader.breakers.transitions(range, component: component, limit: limit)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !transitions.isEmpty else { return try StandardOutput.write("no transitions\n") }
    }
    try StandardOutput.write(Table(transitions, isShort: format == .table).render(format))
    options.noteLimit(limit, reachedBy: transitions.count, of: "transitions")
  }
}

extension ParsedOptions {
  /// Says on standard error that a list of the latest rows ends at its limit.
  func noteLimit(_ limit: Int, reachedBy count: Int, of rows: String) {
    guard count == limit else { return }
    StandardError.log.write("healing: the last \(limit) \(rows); --limit prints more")
  }
}

extension BreakerTransitionRecord {
  /// The cause in words: what the breaker counted, or who changed the circuit and why.
  var cause: String {
    var words = reason
    if let actor { words += " by \(actor)" }
    if let note { words += ": \(note)" }
    let count = to == .open && failureCount > 0 ? "\(failureCount) failures" : nil
    let facts = actor == nil ? [count, errorID.map { "error \($0)" }].compactMap(\.self) : []
    return facts.isEmpty ? words : "\(words) (\(facts.joined(separator: ", ")))"
  }
}

extension Table {
  /// A table of transitions.
  /// - Parameter isShort: whether with one column for what caused a transition.
  init(_ transitions: [BreakerTransitionRecord], isShort: Bool) {
    if isShort {
      columns = ["timestamp", "component", "circuit", "message"]
      rows = transitions.map { transition in
        [
          .time(transition.at), .text(transition.component.text), .text(transition.to.rawValue),
          .text(transition.cause),
        ]
      }
      return
    }
    columns = [
      "id", "timestamp", "component", "from", "to", "reason", "failure_count", "consecutive_trips",
      "open_until", "error_id", "actor", "note",
    ]
    rows = transitions.map { transition in
      [
        .text(transition.id.description), .time(transition.at), .text(transition.component.text),
        .text(transition.from.rawValue), .text(transition.to.rawValue), .text(transition.reason),
        .integer(Int64(transition.failureCount)), .integer(Int64(transition.consecutiveTrips)),
        Cell(transition.openUntil), Cell(transition.errorID?.description), Cell(transition.actor),
        Cell(transition.note),
      ]
    }
  }
}
