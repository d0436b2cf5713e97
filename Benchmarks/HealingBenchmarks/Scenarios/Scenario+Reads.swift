import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// Interactive reads over a long history, while a writer records failing calls: their cost must not follow the
  /// ledger's size.
  static let reads = Scenario("reads") { bench in
    var sizes = [100_000].filter { $0 < bench.options.rows }
    sizes.append(bench.options.rows)
    var times = sizes.map { _ in InteractiveRead.all.map { _ in [Double]() } }
    for (index, size) in sizes.enumerated() {
      let path = bench.path("reads-\(size).db")
      try await LedgerBuilder.history(size, path: path)
      let ledger = try SQLiteLedger(path: path)
      let load = SteadyLoad(eventsPerSecond: 200) { event in
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "writer",
              operation: "generate",
              action: .retry, outcome: .succeeded, attempts: 1, duration: .milliseconds(1),
              requestID: "w-\(event)")))
      }
      let shell = try ReaderConnection(file: LedgerFile(path: path))
      for round in 0...bench.share(31, quick: 1) {
        for (number, read) in InteractiveRead.all.enumerated() {
          let time = try await bench.nanoseconds {
            let rows = try await read.run(ledger, shell)
            guard rows == read.rows else {
              throw Unexpected("\(read.name): \(rows) rows instead of \(read.rows)")
            }
          }
          if round > 0 { times[index][number].append(time / 1e6) }
        }
      }
      _ = await load.stop()
      try await ledger.close()
    }
    var figures: [Figure] = []
    for (number, read) in InteractiveRead.all.enumerated() {
      for (index, size) in sizes.enumerated() {
        var figure = Figure(
          scenario: "reads", what: "\(read.name), \(size.formatted()) rows a table", unit: "ms",
          spread: Spread(times[index][number]))
        figure.budgets = [.atMost(20)]
        if index > 0 {
          figure.reference = "100 k"
          figure.ratio = figure.spread.median / Spread(times[0][number]).median
        }
        figures.append(figure)
      }
    }
    return figures
  }
}

/// A read by an interactive caller.
private struct InteractiveRead: Sendable {
  let name: String
  /// Number of rows that it returns.
  let rows: Int
  let run: @Sendable (SQLiteLedger, ReaderConnection) async throws -> Int

  /// The tenth of the 90 days.
  private static let day = LedgerRange(
    since: Timestamp(microseconds: LedgerBuilder.end - LedgerBuilder.span + 10 * 86_400_000_000),
    until: Timestamp(microseconds: LedgerBuilder.end - LedgerBuilder.span + 11 * 86_400_000_000))
  private static let month = LedgerRange(
    since: day.since, until: Timestamp(microseconds: LedgerBuilder.end - 50 * 86_400_000_000))

  static let all: [InteractiveRead] = [
    InteractiveRead(name: "recovery/stats, all time", rows: 20) { ledger, _ in
      // The writer's component is added.
      min(20, try await ledger.recoveries.statistics(.all, component: nil).byComponent.count)
    },
    InteractiveRead(name: "recovery/stats, a month", rows: 20) { ledger, _ in
      try await ledger.recoveries.statistics(month, component: nil).byComponent.count
    },
    InteractiveRead(name: "component/C/stats", rows: 12) { ledger, _ in
      let rates = try await ledger.samples.rates(.all, component: "component-7")
      let window = try await ledger.samples.windows(component: "component-7")
      let breaker = try await ledger.breakers.find("component-7")
      let checks = try await ledger.checks.recent(component: "component-7", limit: 1)
      let errors = try await ledger.errors.recent(component: "component-7", limit: 10)
      return rates.count + window.count + (breaker == nil ? 0 : 1) + checks.count + errors.count
    },
    InteractiveRead(name: "the last 1,000 errors", rows: 1_000) { ledger, _ in
      try await ledger.errors.recent(component: nil, limit: 1_000).count
    },
    InteractiveRead(name: "the last errors of a quiet component", rows: 1) { ledger, _ in
      try await ledger.errors.recent(component: "quiet", limit: 10).count
    },
    InteractiveRead(name: "recent recoveries of a day, 80 days ago", rows: 100) { ledger, _ in
      try await ledger.recoveries.recent(day, component: nil, limit: 100).count
    },
    InteractiveRead(name: "the same of one component", rows: 10) { ledger, _ in
      try await ledger.recoveries.recent(day, component: "component-7", limit: 10).count
    },
    InteractiveRead(name: "the errors and recoveries of one request", rows: 4) { _, shell in
      try await shell.read { connection throws(SQLiteError) in
        var count = 0
        for view in ["v_errors", "v_recoveries"] {
          count += try connection.rows("SELECT * FROM \(view) WHERE request_id = 'r-1000'") { $0.integer(0) }
            .count
        }
        return count
      }
    },
  ]
}
