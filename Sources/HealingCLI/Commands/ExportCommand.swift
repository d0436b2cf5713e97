import Foundation
import Healing
import HealingSQLite

enum ExportCommand: Command {
  static let name = "export"
  static let summary = "prints the rows of a ledger as NDJSON or CSV"
  static let positional = "[TABLE...]"
  static let options: [Option] = [
    .ledger,
    Option(name: "format", value: "FORMAT", help: "ndjson or csv (default: ndjson)"),
    .since, .until, .utc,
  ]
  static let examples = """

    Tables: \(wrapped(TransferTable.all.map(\.name)))
    Without TABLE the command prints all of them. CSV prints one table.

    The command reads in short steps while programs write, and needs the same
    memory for every ledger. Rows that are committed meanwhile may be missing.
    An NDJSON line is {"table": "errors", ...} with the names of the REST API.
    'healing ingest' reads these lines. Lines of "ledgers" come first, whatever
    TABLE is, if the ledger has rows of others. CSV is as in 'healing report'.

    Examples:
      healing export --ledger healing.db | gzip > healing.ndjson.gz
      healing export errors --since 24h --ledger healing.db | jq .message
      healing export samples --format csv --ledger healing.db > samples.csv

    """

  private enum Format: String, CaseIterable {
    case ndjson
    case csv
  }

  static func run(_ options: ParsedOptions) async throws {
    let format = try format(options)
    let tables = try tables(options.positional)
    let range = try options.range(now: SystemTimeSource().wallClock())
    if format == .csv && tables.count > 1 {
      throw UsageError("--format csv prints one table: give its name")
    }
    let path = try options.ledgerPath()
    let export = try await LedgerExport(path: path)
    // Whatever is chosen, ingest has to know whose rows come.
    let printed =
      format == .csv || tables.contains { $0.name == TransferTable.ledgers.name }
      ? tables : [.ledgers] + tables
    let upkeep = UpkeepTimer()
    let exported = try await upkeep.run(.export, ledger: path) {
      try await write(printed, of: export, range, as: format)
    }
    upkeep.record(
      .export,
      ["tables": .text(tables.map(\.name).joined(separator: " ")), "rows": .integer(Int64(exported))],
      ledger: path)
  }

  /// Prints the rows of tables.
  /// - Returns: number of rows.
  private static func write(
    _ tables: [TransferTable], of export: LedgerExport, _ range: LedgerRange, as format: Format
  ) async throws -> Int {
    var exported = 0
    let progress = ProgressLine()
    defer { progress.end() }
    for table in tables {
      if format == .csv { try StandardOutput.write(CSV.line(table.columns.map { .text($0.name) })) }
      var count = 0
      var cursor: TransferCursor?
      repeat {
        let step = try await export.step(table, after: cursor, range)
        var bytes: [UInt8] = []
        for row in step.rows {
          switch format {
          case .ndjson: NDJSON.append(row, of: table, ledger: export.identity, to: &bytes)
          case .csv: bytes += CSV.line(cells(row, of: table)).utf8
          }
        }
        try StandardOutput.write(bytes)
        count += step.rows.count
        progress.show("\(table.name): \(count) rows")
        cursor = step.next
      } while cursor != nil
      exported += count
    }
    return exported
  }

  private static func format(_ options: ParsedOptions) throws -> Format {
    guard let word = options.values["format"] else { return .ndjson }
    guard let format = Format(rawValue: word) else {
      throw UsageError(
        "--format \(word): allowed are \(Format.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return format
  }

  private static func tables(_ names: [String]) throws -> [TransferTable] {
    guard !names.isEmpty else { return TransferTable.all }
    let all = TransferTable.all.map(\.name)
    for (index, name) in names.enumerated() {
      if names[..<index].contains(name) { throw UsageError("table \(name) is given twice") }
      guard !all.contains(name) else { continue }
      let hint = Spelling.nearest(to: name, among: all).map { "; did you mean '\($0)'? Tables" } ?? "; tables"
      throw UsageError("there is no table '\(name)'\(hint): \(all.joined(separator: ", "))")
    }
    return TransferTable.all.filter { names.contains($0.name) }
  }

  /// Wraps the names of the tables for the help.
  private static func wrapped(_ names: [String]) -> String {
    var lines = [""]
    for name in names {
      let word = name == names.last ? "\(name)." : "\(name),"
      if lines[lines.count - 1].count + word.count > 68 { lines.append("") }
      lines[lines.count - 1] += lines[lines.count - 1].isEmpty ? word : " \(word)"
    }
    return lines.joined(separator: "\n        ")
  }

  private static func cells(_ row: TransferRow, of table: TransferTable) -> [Cell] {
    zip(table.columns, row.values).map { column, value in
      switch (value, column.kind) {
      case (.null, _): .none
      case (.integer(let number), .time): .time(Timestamp(microseconds: number))
      case (.integer(let number), .flag): .flag(number != 0)
      case (.integer(let number), .word(let words)):
        .text(words.indices.contains(Int(number)) ? words[Int(number)] : "unknown")
      case (.integer(let number), .milliseconds): .real(Double(number) / 1_000)
      case (.integer(let number), _): .integer(number)
      case (.real(let number), _): .real(number)
      case (.text(let text), _): .text(text)
      }
    }
  }
}
