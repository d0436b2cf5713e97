import Foundation
import Healing
import HealingSQLite

enum AttemptsCommand: Command {
  static let name = "attempts"
  static let summary = "lists how often the second, third and later attempts helped"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    tried   executions whose attempt before this one failed and that made this one
    won     those that it ended with success; lower and upper are Wilson's 95 %
            bounds of the share
    avg_ms  mean time that retrying took in the executions that this attempt ended

    An attempt that was made 100 times and whose upper bound is below 5 % almost
    never helps: the command advises a lower maxAttempts.

    The figures are of rows of retries, so only of times whose rows retention has
    kept. Rows that were merged under load are left out, and counted.

    Examples:
      healing attempts --ledger healing.db --since 24h
      healing attempts --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let attempts = try await reader.attemptEffect(range, component: component)
    guard format == .table else { return try StandardOutput.write(Table(attempts).render(format)) }
    if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
    let tried = attempts.filter { $0.tried > 0 }
    let table = try Table(shortly: tried).render(.table)
    let notes = notes(attempts).map { "\($0)\n" }.joined()
    try StandardOutput.write(
      (tried.isEmpty ? "no retries\n" : table) + (notes.isEmpty ? "" : "\n\(notes)"))
  }

  /// Returns the advice and the number of rows that are left out, a line each.
  private static func notes(_ attempts: [AttemptEffect]) -> [String] {
    var notes: [String] = []
    for attempt in attempts where attempt.isUseless {
      let upper = (attempt.success.upper * 100).formatted(
        .number.precision(.fractionLength(1)).grouping(.never))
      notes.append(
        "\(attempt.component), \(attempt.category?.rawValue ?? "errors whose rows are gone"): attempt"
          + " \(attempt.attempt) helped \(attempt.won) of \(attempt.tried) times, at most \(upper) %:"
          + " lower maxAttempts to \(attempt.attempt - 1)")
    }
    var seen: Set<ComponentName> = []
    for attempt in attempts where attempt.merged > 0 && seen.insert(attempt.component).inserted {
      notes.append("\(attempt.component): \(attempt.merged) executions of merged rows are left out")
    }
    return notes
  }
}

extension Table {
  /// A table of the effect of attempts, for programs.
  init(_ attempts: [AttemptEffect]) {
    columns = [
      "component", "category", "attempt", "tried", "won", "share", "lower", "upper", "avg_retry_ms", "merged",
      "advice",
    ]
    rows = attempts.map { attempt in
      let last: [Cell] = [
        Cell(attempt.avgRetryMs), .integer(attempt.merged),
        attempt.isUseless ? .text("lower maxAttempts") : .none,
      ]
      return Self.figures(attempt) + last
    }
  }

  /// The same for people, without what the notes below it say.
  init(shortly attempts: [AttemptEffect]) {
    columns = ["component", "category", "attempt", "tried", "won", "share", "lower", "upper", "avg_ms"]
    rows = attempts.map { Self.figures($0) + [Cell($0.avgRetryMs?.rounded())] }
  }

  private static func figures(_ attempt: AttemptEffect) -> [Cell] {
    let estimate = attempt.tried > 0 ? attempt.success : nil
    return [
      .text(attempt.component.text), Cell(attempt.category?.rawValue), .integer(Int64(attempt.attempt)),
      .integer(attempt.tried), .integer(attempt.won), Cell(estimate?.share), Cell(estimate?.lower),
      Cell(estimate?.upper),
    ]
  }
}
