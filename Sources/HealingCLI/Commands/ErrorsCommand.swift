import Healing
import HealingSQLite

enum ErrorsCommand: Command {
  static let name = "errors"
  static let summary = "lists faults by frequency, or prints one error by its id"
  static let positional = "[ERROR-ID]"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .format,
    Option(name: "limit", value: "N", help: "how many faults, 1...1000 (default: 20)"),
  ]
  static let examples = """

    A fault is a component and a fingerprint: errors of one type and category
    whose messages differ only in numbers, ids and the like. Its standing is

    known     it had errors before the range, or there is no range
    new       its first error is in the range, and the component had 1,000
              executions before the release of that error
    unknown   likewise, with fewer executions: too few to know
    returned  it had errors, then none for 7 days

    Totals are kept by the hour: a range is widened to whole hours. They include
    errors whose rows retention has deleted.

    Examples:
      healing errors --ledger healing.db --since 24h
      healing errors --ledger healing.db --component orders_db --format json
      healing errors 187306841276416 --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.count <= 1 else {
      throw UsageError("give one error, not \(options.positional.joined(separator: " "))")
    }
    let format = try options.format()
    if let word = options.positional.first { return try await printError(word, format, options) }
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let limit = try options.integer("limit", default: 20, in: 1...1000)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let groups = try await reader.errorGroups(range, component: component, limit: limit)
    if format == .table {
      if let heading = options.heading(of: range) {
        try StandardOutput.write("\(heading); counts are of whole hours\n\n")
      }
      guard !groups.isEmpty else { return try StandardOutput.write("no errors\n") }
    }
    try StandardOutput.write(Table(groups, isShort: format == .table).render(format))
  }

  private static func printError(_ word: String, _ format: OutputFormat, _ options: ParsedOptions)
    async throws
  {
    for name in ["since", "until", "utc", "component", "limit"] where options.has(name) {
      throw UsageError("--\(name) is for the list of faults, not for one error")
    }
    guard let number = Int64(digits: word) else {
      throw UsageError("'\(word)' is not the id of an error; CircuitOpenError and v_errors have such ids")
    }
    let path = try options.ledgerPath()
    let reader = try SQLiteLedgerReader(path: path)
    guard let error = try await reader.errors.find(LedgerID(rawValue: number)) else {
      throw UsageError(
        "\(path): there is no error \(word); retention may have deleted it, 'healing errors' counts it still")
    }
    let table = Table(error)
    guard format == .table else { return try StandardOutput.write(table.render(format)) }
    try StandardOutput.write(
      TableLayout.record(
        table.rows[0].map(TableLayout.shortened), of: table.columns, width: TerminalWidth.current ?? .max))
  }
}

extension Table {
  /// A table of faults.
  /// - Parameter isShort: whether only with the columns that people read first.
  init(_ groups: [ErrorGroup], isShort: Bool) {
    if isShort {
      columns = [
        "component", "standing", "occurrences", "total", "first", "last", "category", "message",
        "last_error_id",
      ]
      rows = groups.map { group in
        [
          .text(group.component.text),
          .text(group.standing.rawValue + (group.isSpreading ? ", spreading" : "")),
          .integer(group.occurrences), .integer(group.total), .time(group.firstAt), .time(group.lastAt),
          .text(group.category.rawValue), .text(group.message), .text(group.lastErrorID.description),
        ]
      }
      return
    }
    columns = [
      "component", "fingerprint", "standing", "spreading", "occurrences", "referred", "total", "first",
      "last",
      "releases", "first_release", "last_release", "category", "severity", "type", "message", "last_error_id",
    ]
    rows = groups.map { group in
      let counts: [Cell] = [
        .text(group.component.text), .text(group.fingerprint.text), .text(group.standing.rawValue),
        .flag(group.isSpreading), .integer(group.occurrences), .integer(group.referred),
        .integer(group.total), .time(group.firstAt), .time(group.lastAt),
      ]
      let words: [Cell] = [
        .integer(group.releases), Cell(group.firstRelease), Cell(group.lastRelease),
        .text(group.category.rawValue),
        .text(group.severity.rawValue), .text(group.type), .text(group.message),
        .text(group.lastErrorID.description),
      ]
      return counts + words
    }
  }

  /// A table with one error.
  init(_ error: ErrorContext) {
    columns = [
      "id", "timestamp", "component", "operation", "attempt", "category", "severity", "transient", "type",
      "message",
      "fingerprint", "rule", "occurrences", "execution_id", "parent_execution_id", "cause_id", "request_id",
      "user_id",
    ]
    let texts: [Cell] = [
      .text(error.id.description), .time(error.at), .text(error.component.text), .text(error.operation),
      .integer(Int64(error.attempt)), .text(error.category.rawValue), .text(error.severity.rawValue),
      .flag(error.classification.isTransient), .text(error.type), .text(error.message),
    ]
    let references: [Cell] = [
      .text(error.fingerprint.text), .text(error.classification.rule), .integer(Int64(error.occurrences)),
      Cell(error.executionID?.description), Cell(error.parentExecutionID?.description),
      Cell(error.causeID?.description), Cell(error.requestID), Cell(error.userID),
    ]
    rows = [texts + references]
  }
}
