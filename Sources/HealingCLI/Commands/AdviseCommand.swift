import Healing
import HealingSQLite

enum AdviseCommand: Command {
  static let name = "advise"
  static let summary = "advises on attempts, alerts and components, by the ledger's data"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    attempts  attempts from a number on almost never help: at least 100 executions
              made that attempt, and the upper bound of the share that it and later
              ones saved is below 5 %
    alerts    at least 10 alarms ended, and the lower bound of the share in which
              callers saw less than 5 % errors is above 50 %
    traffic   no call in the range: neither up nor down
    overrides a circuit that was forced open or closed without an end, a day ago or
              longer

    lower and upper are Wilson's 95 % bounds of hits / n. left_out counts executions
    in merged rows, and alarms in whose time there was no call. Without --since the
    range begins 30 days before its end. Thresholds of circuits are not judged.

    Examples:
      healing advise --ledger healing.db
      healing advise --ledger healing.db --since 7d --component orders_db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing advise --help'")
    }
    let format = try options.format()
    let now = SystemTimeSource().wallClock()
    var range = try options.range(now: now)
    if range.since == nil { range.since = (range.until ?? now) + .seconds(-30 * 86_400) }
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let advice = try await reader.advice(range, component: component)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !advice.isEmpty else { return try StandardOutput.write("no advice\n") }
    }
    try StandardOutput.write(Table(advice).render(format))
  }
}

extension Table {
  /// A table of advice.
  init(_ advice: [Advice]) {
    columns = [
      "kind", "component", "n", "hits", "share", "lower", "upper", "left_out", "max_attempts", "last_call",
      "since", "advice",
    ]
    rows = advice.map { advice in
      let (isCounted, estimate) = (advice.estimate != nil, advice.estimate)
      return [
        .text(advice.kind.rawValue), .text(advice.component.text), isCounted ? .integer(advice.cases) : .none,
        isCounted ? .integer(advice.hits) : .none, estimate.map { .real($0.share) } ?? .none,
        estimate.map { .real($0.lower) } ?? .none, estimate.map { .real($0.upper) } ?? .none,
        isCounted ? .integer(advice.leftOut) : .none,
        advice.maxAttempts.map { .integer(Int64($0)) } ?? .none, Cell(advice.lastCall),
        Cell(advice.since), .text(advice.text),
      ]
    }
  }
}
