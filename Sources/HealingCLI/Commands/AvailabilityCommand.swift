import Foundation
import Healing
import HealingSQLite

enum AvailabilityCommand: Command {
  static let name = "availability"
  static let summary = "lists availability by calls and by time, and the budget's burn"
  static let options: [Option] = [
    .ledger, .since, .until, .utc, .component, .format,
    Option(name: "slo", value: "PERCENT", help: "calls that have to succeed, 0 to under 100 (default: 99.9)"),
    Option(name: "min-calls", value: "N", help: "with fewer calls there is no burn (default: 100)"),
  ]
  static let examples = """

    effective    share of the calls that callers saw succeed; a fallback counts
    actual       share of the attempts that the component answered
    by_time      share of the minutes with traffic that were not bad; a minute is
                 bad as in 'healing incidents'
    bad_minutes  bad minutes / minutes with traffic
    burn         (1 - effective) / (1 - SLO): 1 spends the error budget exactly

    The three shares differ, so a figure needs its name. No traffic is neither up
    nor down. Shares are rounded down. Sums of minutes are kept for 90 days by
    default.

    Examples:
      healing availability --ledger healing.db --since 30d --slo 99.9
      healing availability --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let word = options.values["slo"] ?? "99.9"
    guard let percent = Double(word), percent >= 0, percent < 100 else {
      throw UsageError("--slo \(word): allowed is a percentage from 0 to under 100, such as 99.9")
    }
    let minCalls = Int64(try options.integer("min-calls", default: 100, in: 1...1_000_000))
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let rows = try await reader.availability(range, component: component)
    guard format == .table else {
      return try StandardOutput.write(Table(rows, slo: percent, minCalls: minCalls).render(format))
    }
    if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n") }
    let slo = percent.formatted(.number.precision(.fractionLength(0...6)).grouping(.never))
    try StandardOutput.write("SLO \(slo) %, burn from \(minCalls) calls on\n\n")
    guard !rows.isEmpty else { return try StandardOutput.write("no calls\n") }
    try StandardOutput.write(Table(shortly: rows, slo: percent, minCalls: minCalls).render(.table))
  }
}

extension Table {
  /// A table of availability, for programs.
  init(_ rows: [ComponentAvailability], slo: Double, minCalls: Int64) {
    columns = [
      "component", "calls", "effective", "actual", "by_time", "bad_minutes", "observed_minutes", "burn",
      "slo_percent", "min_calls",
    ]
    self.rows = rows.map { row in
      let burn = row.burn(objective: slo / 100, minCalls: minCalls)
      return [
        .text(row.component.text), .integer(row.calls), Cell(row.effective), Cell(row.actual),
        Cell(row.byTime), .integer(row.badMinutes), .integer(row.observedMinutes), Cell(burn), .real(slo),
        .integer(minCalls),
      ]
    }
  }

  /// The same for people, with percentages.
  init(shortly rows: [ComponentAvailability], slo: Double, minCalls: Int64) {
    columns = ["component", "calls", "effective", "actual", "by_time", "bad_minutes", "burn"]
    self.rows = rows.map { row in
      let burn = row.burn(objective: slo / 100, minCalls: minCalls)
      return [
        .text(row.component.text), .integer(row.calls), Self.percent(row.effective),
        Self.percent(row.actual), Self.percent(row.byTime),
        .text("\(row.badMinutes)/\(row.observedMinutes)"),
        burn.map(Cell.real) ?? .text("too few calls"),
      ]
    }
  }

  /// Returns a share in percent, rounded down: 99.9996 % is not all. The product may be a little below the share's digits.
  private static func percent(_ share: Double?) -> Cell {
    guard let share else { return .none }
    let percent = (share * 100 + 1e-9).formatted(
      .number.precision(.fractionLength(3)).rounded(rule: .down).grouping(.never))
    return .text("\(percent) %")
  }
}
