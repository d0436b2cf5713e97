import Healing
import HealingSQLite

enum RetriesCommand: Command {
  static let name = "retries"
  static let summary = "lists whether retries helped in bad minutes, or made them worse"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    A minute is bad with 3 failures that are 5 % of the attempts, or with a
    rejected call. The figures are of bad minutes; actual is the share of attempts
    that the component answered, effective the share that callers saw succeed.

    helped      1 execution was saved for 5 extra attempts, or more
    made_worse  more than 30 % of the attempts were extra, and less than 1
                execution was saved for 50 of them
    too_few     less than 20 extra attempts
    no_retries  no extra attempts

    Examples:
      healing retries --ledger healing.db --since 24h
      healing retries --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing retries --help'")
    }
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let retries = try await reader.retryEffect(range, component: component)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !retries.isEmpty else { return try StandardOutput.write("no bad minutes\n") }
    }
    try StandardOutput.write(Table(retries).render(format))
  }
}

extension Table {
  /// A table of the effect of retries.
  init(_ retries: [RetryEffect]) {
    columns = [
      "component", "verdict", "bad_minutes", "attempts", "extra_attempts", "saved", "amplification",
      "actual_success", "effective_success",
    ]
    rows = retries.map { retry in
      [
        .text(retry.component.text), .text(retry.verdict.rawValue), .integer(retry.badMinutes),
        .integer(retry.attempts), .integer(retry.extraAttempts), .integer(retry.saved),
        retry.amplification.map { .real($0) } ?? .none, retry.actualSuccess.map { .real($0) } ?? .none,
        retry.effectiveSuccess.map { .real($0) } ?? .none,
      ]
    }
  }
}
