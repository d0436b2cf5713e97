import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// Reports over ledgers a hundred times apart in size: their cost must not follow the size.
  static let reports = Scenario("reports") { bench in
    var sizes = [100_000, 1_000_000, 10_000_000].filter { $0 < bench.options.rows }
    sizes.append(bench.options.rows)
    var readers: [ReaderConnection] = []
    for size in sizes {
      try await LedgerBuilder.recoveries(size, path: LargeLedger.path(bench, rows: size))
      readers.append(try ReaderConnection(file: LedgerFile(path: LargeLedger.path(bench, rows: size))))
    }
    for (size, reader) in zip(sizes, readers) {
      let total = try await run(.overall, .all, reader).first?.recoveries.totalRecoveries ?? 0
      guard total == Int64(size) else { throw Unexpected("\(total) recoveries instead of \(size)") }
    }
    let month = LedgerRange(
      since: Timestamp(microseconds: LedgerBuilder.end - 40 * 86_400_000_000 + 17 * 61_000_000),
      until: Timestamp(microseconds: LedgerBuilder.end - 10 * 86_400_000_000 + 31 * 61_000_000))

    let reports: [(name: String, limit: Double, run: @Sendable (ReaderConnection) async throws -> Void)] = [
      ("by_action, all time", 1, { consume(try await run(.byAction, .all, $0)) }),
      ("by_component, all time", 1, { consume(try await run(.byComponent, .all, $0)) }),
      ("component_rates, all time", 1, { consume(try await run(.componentRates, .all, $0)) }),
      ("by_action, a month", 10, { consume(try await run(.byAction, month, $0)) }),
      ("by_component, a month", 10, { consume(try await run(.byComponent, month, $0)) }),
      ("component_rates, a month", 10, { consume(try await run(.componentRates, month, $0)) }),
    ]
    var figures: [Figure] = []
    for report in reports {
      var times = sizes.map { _ in [Double]() }
      for round in 0...bench.share(31, quick: 1) {
        for (index, reader) in readers.enumerated() {
          let time = try await bench.nanoseconds { try await report.run(reader) }
          if round > 0 { times[index].append(time / 1e6) }
        }
      }
      for (index, size) in sizes.enumerated() {
        var figure = Figure(
          scenario: "reports", what: "\(report.name), \(size.formatted()) recoveries", unit: "ms",
          spread: Spread(times[index]))
        figure.budgets = [.atMost(report.limit)]
        if index > 0 {
          figure.reference = "100 k"
          figure.ratio = figure.spread.median / Spread(times[0]).median
          // A month of 100,000 recoveries fills fewer minutes and hours than a month of ten million: sizes differ.
          if report.limit == 1 { figure.budgets.append(.ratioAtMost(1.5)) }
        }
        figures.append(figure)
      }
    }
    return figures
  }

  private static func run<Value>(
    _ query: ReportQuery<Value>, _ range: LedgerRange, _ reader: ReaderConnection
  ) async throws -> [Value] {
    try await reader.read { connection throws(SQLiteError) in try query.run(on: connection, range, nil) }
  }
}
