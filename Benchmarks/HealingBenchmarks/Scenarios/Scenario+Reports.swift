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
      readers.append(
        try ReaderConnection(file: LedgerFile(path: try await LargeLedger.built(bench, rows: size).path)))
    }
    let loop = try ReferenceLoop()
    var speeds: [Double] = []
    for (size, reader) in zip(sizes, readers) {
      let total = try await RangeReport.run(.overall, .all, reader).first?.recoveries.totalRecoveries ?? 0
      guard total == Int64(size) else { throw Unexpected("\(total) recoveries instead of \(size)") }
    }
    let month = LedgerRange(
      since: Timestamp(microseconds: LedgerBuilder.end - 40 * 86_400_000_000 + 17 * 61_000_000),
      until: Timestamp(microseconds: LedgerBuilder.end - 10 * 86_400_000_000 + 31 * 61_000_000))

    let recoveries =
      "SELECT total, successful, attempts, duration_sum_us, duration_max_us FROM recovery_rollup"
    let samples = "SELECT successes, failures, rejected, duration_sum_us, duration_max_us FROM sample_rollup"
    let reports: [RangeReport] = [
      RangeReport("by_action, all time", .byAction, .all, recoveries),
      RangeReport("by_component, all time", .byComponent, .all, recoveries),
      RangeReport("component_rates, all time", .componentRates, .all, samples),
      RangeReport("by_action, a month", .byAction, month, recoveries),
      RangeReport("by_component, a month", .byComponent, month, recoveries),
      RangeReport("component_rates, a month", .componentRates, month, samples),
    ]
    var figures: [Figure] = []
    for report in reports {
      var times = sizes.map { _ in [Double]() }
      var plain = sizes.map { _ in [Double]() }
      for round in 0...bench.share(31, quick: 1) {
        speeds.append(try loop.run())
        for (index, reader) in readers.enumerated() {
          let reference = try await bench.nanoseconds { try await report.readRows(reader) }
          let time = try await bench.nanoseconds { try await report.run(reader) }
          if round == 0 { continue }
          plain[index].append(reference / 1e6)
          times[index].append(time / 1e6)
        }
      }
      for (index, size) in sizes.enumerated() {
        var figure = Figure(
          scenario: "reports", what: "\(report.name), \(size.formatted()) recoveries", unit: "ms",
          spread: Spread(times[index]))
        if report.isBounded {
          figure.reference = "its roll-up rows read"
          figure.ratio = Spread(zip(times[index], plain[index]).map { $0 / $1 }).median
          figure.budgets = [.ratioAtMost(5)]
        } else {
          figure.budgets = [.atMost(1)]
          if index > 0 {
            figure.reference = "100 k"
            figure.ratio = figure.spread.median / Spread(times[0]).median
            figure.budgets.append(.ratioAtMost(1.5))
          }
        }
        figures.append(figure)
      }
    }
    let slowness = ReferenceLoop.slowness(speeds)
    for index in figures.indices { figures[index].slowness = slowness }
    return [ReferenceLoop.figure("reports", speeds)] + figures
  }
}

/// A report over a range, and the roll-up rows that it sums.
private final class RangeReport: Sendable {
  let name: String
  let isBounded: Bool
  let run: @Sendable (ReaderConnection) async throws -> Void
  private let select: String
  private let segments: [(seconds: Int64, range: Range<Int64>)]

  /// - Parameter select: five columns of the roll-up table; the range is added.
  init<Value>(_ name: String, _ query: ReportQuery<Value>, _ range: LedgerRange, _ select: String) {
    self.name = name
    self.select = select
    run = { reader in consume(try await Self.run(query, range, reader)) }
    guard let since = range.since?.microseconds, let until = range.until?.microseconds else {
      isBounded = false
      segments = [(0, 0..<1)]
      return
    }
    isBounded = true
    func down(_ time: Int64, _ unit: Int64) -> Int64 { time / unit * unit }
    func up(_ time: Int64, _ unit: Int64) -> Int64 { down(time + unit - 1, unit) }
    let (minute, hour, day): (Int64, Int64, Int64) = (60_000_000, 3_600_000_000, 86_400_000_000)
    let minutes = down(since, minute)..<up(until, minute)
    let hours = up(minutes.lowerBound, hour)..<down(minutes.upperBound, hour)
    let days = up(hours.lowerBound, day)..<down(hours.upperBound, day)
    segments = [
      (86_400, days), (3_600, hours.lowerBound..<days.lowerBound),
      (3_600, days.upperBound..<hours.upperBound),
      (60, minutes.lowerBound..<hours.lowerBound), (60, hours.upperBound..<minutes.upperBound),
    ]
  }

  static func run<Value>(
    _ query: ReportQuery<Value>, _ range: LedgerRange, _ reader: ReaderConnection
  ) async throws -> [Value] {
    try await reader.read { connection throws(SQLiteError) in try query.run(on: connection, range, nil) }
  }

  /// The least that the report does: reads the roll-up rows of its range.
  func readRows(_ reader: ReaderConnection) async throws {
    let sum = try await reader.read { [self] connection throws(SQLiteError) in
      var sum: Int64 = 0
      for segment in segments {
        let values = try connection.rows(
          "\(select) WHERE resolution = ? AND bucket_at >= ? AND bucket_at < ?",
          bind: {
            $0.bind(1, segment.seconds)
            $0.bind(2, segment.range.lowerBound)
            $0.bind(3, segment.range.upperBound)
          }
        ) { row in
          let (first, second): (Int64, Int64) = (row.integer(0), row.integer(1))
          return first &+ second &+ row.integer(2) &+ row.integer(3) &+ row.integer(4)
        }
        let buckets = max(
          1,
          (segment.range.count + Int(segment.seconds) * 1_000_000 - 1)
            / max(1, Int(segment.seconds) * 1_000_000))
        guard values.count <= buckets * LedgerBuilder.componentCount * 4 else {
          throw SQLiteError(
            extendedCode: 1, message: "\(values.count) rows in \(buckets) buckets", sql: select)
        }
        for value in values { sum &+= value }
      }
      return sum
    }
    consume(sum)
  }
}
