import Healing
import HealingSQLite

enum RetriesCommand: Command {
  static let name = "retries"
  static let summary = "lists whether retries helped in bad minutes, or made them worse"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    The figures are of bad minutes with calls; a minute is bad as in 'healing
    incidents'. load is attempts by executions, actual the share of attempts that
    the component answered, effective the share of executions that callers saw
    succeed.

    helped      1 execution was saved for 5 extra attempts, or more
    made_worse  more than 30 % of the attempts were extra, and less than 1
                execution was saved for 50 of them
    sustaining  minutes were bad after the last error of the fault that came first,
                with 20 extra attempts and a load above 1.2
    neither     nothing of these
    too_few     less than 20 extra attempts
    no_retries  no extra attempts

    Examples:
      healing retries --ledger healing.db --since 24h
      healing retries --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
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
    try StandardOutput.write(Table(retries, isShort: format == .table).render(format))
  }
}

extension Table {
  /// A table of the effect of retries.
  /// - Parameter isShort: whether with the columns that people read first, under short names.
  init(_ retries: [RetryEffect], isShort: Bool) {
    if isShort {
      columns = ["component", "verdict", "attempts", "extra", "saved", "load", "actual", "effective"]
      rows = retries.map { retry in
        [
          .text(retry.component.text), .text(retry.verdict.rawValue), .integer(retry.attempts),
          .integer(retry.extraAttempts), .integer(retry.saved), Cell(retry.amplification),
          Cell(retry.actualSuccess), Cell(retry.effectiveSuccess),
        ]
      }
      return
    }
    columns = [
      "component", "verdict", "bad_minutes", "sustained_minutes", "attempts", "extra_attempts", "saved",
      "amplification", "actual_success", "effective_success",
    ]
    rows = retries.map { retry in
      [
        .text(retry.component.text), .text(retry.verdict.rawValue), .integer(retry.badMinutes),
        .integer(retry.sustainedMinutes), .integer(retry.attempts), .integer(retry.extraAttempts),
        .integer(retry.saved), Cell(retry.amplification), Cell(retry.actualSuccess),
        Cell(retry.effectiveSuccess),
      ]
    }
  }
}
