import Healing
import HealingSQLite

enum AttemptsCommand: Command {
  static let name = "attempts"
  static let summary = "lists how often the second, third and later attempts helped, by error"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    tried   executions whose attempt before this one failed and that made this one
    won     those that it ended with success; lower and upper are Wilson's 95 %
            bounds of the share
    advice  an attempt that was made 100 times and whose upper bound is below 5 %
            almost never helps: lower maxAttempts

    The figures are of rows of retries, so only of times whose rows retention has
    kept. Rows that were merged under load are left out; merged has their number.

    Examples:
      healing attempts --ledger healing.db --since 24h
      healing attempts --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing attempts --help'")
    }
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let attempts = try await reader.attemptEffect(range, component: component)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !attempts.isEmpty else { return try StandardOutput.write("no retries\n") }
    }
    try StandardOutput.write(Table(attempts).render(format))
  }
}

extension Table {
  /// A table of the effect of attempts.
  init(_ attempts: [AttemptEffect]) {
    columns = [
      "component", "category", "attempt", "tried", "won", "share", "lower", "upper", "avg_retry_ms", "merged",
      "advice",
    ]
    rows = attempts.map { attempt in
      let estimate = attempt.success
      return [
        .text(attempt.component.text), Cell(attempt.category?.rawValue), .integer(Int64(attempt.attempt)),
        .integer(attempt.tried), .integer(attempt.won), .real(estimate.share), .real(estimate.lower),
        .real(estimate.upper), attempt.avgRetryMs.map { .real($0) } ?? .none, .integer(attempt.merged),
        attempt.isUseless ? .text("lower maxAttempts") : .none,
      ]
    }
  }
}
