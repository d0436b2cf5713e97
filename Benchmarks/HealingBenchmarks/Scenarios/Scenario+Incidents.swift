import Foundation
import Healing
import HealingQueries
import HealingSQLite

extension Scenario {
  /// Reports on outages over 90 days, with 180 incidents. The reference runs the same statement with SQLite's C API.
  static let incidents = Scenario("incidents") { bench in
    let path = try await LargeLedger.built(bench, rows: bench.options.rows).path
    try LedgerBuilder.outages(path: path)
    let reader = try SQLiteLedgerReader(path: path)
    let loop = try ReferenceLoop()
    let references = try OutageReport.all.map { try RawRead(path: path, [$0.query]) }
    var raw = OutageReport.all.map { _ in [Double]() }
    var times = OutageReport.all.map { _ in [Double]() }
    var speeds: [Double] = []
    for round in 0...bench.share(31, quick: 1) {
      speeds.append(try loop.run())
      for (number, report) in OutageReport.all.enumerated() {
        let reference = try await bench.nanoseconds { _ = try references[number].run() }
        let time = try await bench.nanoseconds {
          let rows = try await report.run(reader)
          guard rows >= report.fewestRows else {
            throw Unexpected("\(report.name): \(rows) rows instead of at least \(report.fewestRows)")
          }
        }
        if round == 0 { continue }
        raw[number].append(reference / 1e6)
        times[number].append(time / 1e6)
      }
    }
    let slowness = ReferenceLoop.slowness(speeds)
    let figures = OutageReport.all.enumerated().map { number, report in
      var figure = Figure(
        scenario: "incidents", what: "\(report.name), \(bench.options.rows.formatted()) rows a table",
        unit: "ms",
        spread: Spread(times[number]))
      figure.reference = "SQLite alone"
      figure.ratio = Spread(zip(times[number], raw[number]).map { $0 / $1 }).median
      figure.budgets = [.atMost(report.goal)]
      figure.slowness = slowness
      return figure
    }
    return [ReferenceLoop.figure("incidents", speeds)] + figures
  }
}

/// A report on outages.
private struct OutageReport: Sendable {
  let name: String
  /// Milliseconds.
  let goal: Double
  let fewestRows: Int
  /// The statement that it runs, for the reference.
  let query: RawRead.Query
  let run: @Sendable (SQLiteLedgerReader) async throws -> Int

  private static let end = Timestamp(microseconds: LedgerBuilder.end)

  private static func last(days: Int64) -> LedgerRange {
    LedgerRange(since: end + .seconds(-days * 86_400), until: end)
  }

  private static func statement(_ query: Query, _ range: LedgerRange, _ others: [String: Int64] = [:])
    -> RawRead.Query
  {
    var numbers = others
    numbers[":since"] = range.since?.microseconds
    numbers[":until"] = range.until?.microseconds
    return RawRead.Query(query.sql, numbers)
  }

  private static func incidents(days: Int64) -> OutageReport {
    let range = last(days: days)
    return OutageReport(
      name: "incidents, \(days) days", goal: 100, fewestRows: LedgerBuilder.outageCount * Int(days) / 90 - 2,
      query: statement(.incidents, range, [":now": end.microseconds])
    ) {
      try await $0.incidents(range, now: end).incidents.count
    }
  }

  static let all: [OutageReport] = [
    incidents(days: 30), incidents(days: 90),
    OutageReport(
      name: "groups of errors, a day", goal: 50, fewestRows: 50,
      query: statement(.errorGroups, last(days: 1), [":limit": 100])
    ) { try await $0.errorGroups(last(days: 1)).count },
    OutageReport(
      name: "timeline, a day", goal: 50, fewestRows: 10,
      query: statement(.incidentTimeline, last(days: 1), [":limit": 1_000])
    ) { try await $0.timeline(last(days: 1)).count },
    OutageReport(
      name: "states, 45 days ago", goal: 50, fewestRows: LedgerBuilder.componentCount,
      query: RawRead.Query(Query.stateAt.sql, [":at": (end + .seconds(-45 * 86_400)).microseconds])
    ) { try await $0.states(at: end + .seconds(-45 * 86_400)).count },
    OutageReport(
      name: "releases, a day", goal: 50, fewestRows: LedgerBuilder.componentCount,
      query: statement(.releases, last(days: 1))
    ) { try await $0.releases(last(days: 1)).count },
    OutageReport(
      name: "impact, a day", goal: 50, fewestRows: LedgerBuilder.componentCount,
      query: statement(.incidentImpact, last(days: 1))
    ) { try await $0.impact(last(days: 1)).count },
  ]
}
