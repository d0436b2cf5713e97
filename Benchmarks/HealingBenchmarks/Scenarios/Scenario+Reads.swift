import Foundation
import Healing
import HealingQueries
import HealingSQLite

extension Scenario {
  /// Interactive reads over a long history, while a writer records failing calls: their cost must not follow the
  /// ledger's size. The reference runs the same statements with SQLite's C API before the writer starts.
  static let reads = Scenario("reads") { bench in
    var sizes = [100_000].filter { $0 < bench.options.rows }
    sizes.append(bench.options.rows)
    let loop = try ReferenceLoop()
    var speeds: [Double] = []
    var figures: [[Figure]] = []
    var built: [Figure] = []
    for size in sizes {
      let (path, seconds) = try await LargeLedger.built(bench, rows: size)
      if let seconds, size == sizes.last {
        built.append(
          Figure(
            scenario: "reads", what: "building \(size.formatted()) rows a table", unit: "s",
            spread: Spread([seconds])))
      }
      figures.append(try await times(bench, path, size, loop, &speeds))
    }
    let slowness = ReferenceLoop.slowness(speeds)
    var all = figures.joined().map { $0 }
    for index in all.indices { all[index].slowness = slowness }
    return [ReferenceLoop.figure("reads", speeds)] + built + all
  }

  private static func times(
    _ bench: Bench, _ path: String, _ size: Int, _ loop: ReferenceLoop, _ speeds: inout [Double]
  ) async throws -> [Figure] {
    let rounds = bench.share(31, quick: 1)
    var raw = InteractiveRead.all.map { _ in [Double]() }
    let references = try InteractiveRead.all.map { try RawRead(path: path, $0.queries) }
    for round in 0...rounds {
      for (number, reference) in references.enumerated() {
        let time = try await bench.nanoseconds {
          guard try reference.run() > 0 else {
            throw Unexpected("\(InteractiveRead.all[number].name): no rows")
          }
        }
        if round > 0 { raw[number].append(time / 1e6) }
      }
    }
    var times = InteractiveRead.all.map { _ in [Double]() }
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil))
    let load = SteadyLoad(eventsPerSecond: 200) { event in
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "writer",
            operation: "generate", action: .retry, outcome: .succeeded, attempts: 1,
            duration: .milliseconds(1), requestID: "w-\(event)")))
    }
    let shell = try ReaderConnection(file: LedgerFile(path: path))
    for round in 0...rounds {
      speeds.append(try loop.run())
      for (number, read) in InteractiveRead.all.enumerated() {
        let time = try await bench.nanoseconds {
          let rows = try await read.run(ledger, shell)
          guard rows == read.rows else {
            throw Unexpected("\(read.name): \(rows) rows instead of \(read.rows)")
          }
        }
        if round > 0 { times[number].append(time / 1e6) }
      }
    }
    _ = await load.stop()
    try await ledger.close()
    return InteractiveRead.all.enumerated().map { number, read in
      var figure = Figure(
        scenario: "reads", what: "\(read.name), \(size.formatted()) rows a table", unit: "ms",
        spread: Spread(times[number]))
      figure.reference = "SQLite alone, no writer"
      figure.ratio = figure.spread.median / Spread(raw[number]).median
      figure.budgets = [.atMost(20)]
      return figure
    }
  }
}

/// A read by an interactive caller.
private struct InteractiveRead: Sendable {
  let name: String
  /// Number of rows that it returns.
  let rows: Int
  /// The statements that it runs, for the reference.
  let queries: [RawRead.Query]
  let run: @Sendable (SQLiteLedger, ReaderConnection) async throws -> Int

  /// The tenth of the 90 days.
  private static let day = LedgerRange(
    since: Timestamp(microseconds: LedgerBuilder.end - LedgerBuilder.span + 10 * 86_400_000_000),
    until: Timestamp(microseconds: LedgerBuilder.end - LedgerBuilder.span + 11 * 86_400_000_000))
  private static let month = LedgerRange(
    since: day.since, until: Timestamp(microseconds: LedgerBuilder.end - 50 * 86_400_000_000))
  private static let fingerprint = "v2:0000000000000007"

  private static let errors = """
    SELECT e.*, c.name FROM error e JOIN component c ON c.id = e.component_id
    """

  private static func statistics(_ range: LedgerRange) -> [RawRead.Query] {
    [Query.overall, .byAction, .byComponent].map { report($0, range) }
  }

  private static func report(
    _ query: Query, _ range: LedgerRange, component: String? = nil, limit: Int64? = nil
  ) -> RawRead.Query {
    var numbers: [String: Int64] = [:]
    numbers[":since"] = range.since?.microseconds
    numbers[":until"] = range.until?.microseconds
    numbers[":limit"] = limit
    return RawRead.Query(query.sql, numbers, texts: component.map { [":component": $0] } ?? [:])
  }

  /// Reads a view as a query in the shell does.
  private static func shell(_ name: String, rows: Int, _ statements: [String]) -> InteractiveRead {
    InteractiveRead(name: name, rows: rows, queries: statements.map { RawRead.Query($0) }) { _, shell in
      try await shell.read { connection throws(SQLiteError) in
        var count = 0
        for sql in statements { count += try connection.rows(sql) { $0.integer(0) }.count }
        return count
      }
    }
  }

  static let all: [InteractiveRead] = [
    InteractiveRead(name: "recovery/stats, all time", rows: 20, queries: statistics(.all)) { ledger, _ in
      // The writer's component is added.
      min(20, try await ledger.recoveries.statistics(.all, component: nil).byComponent.count)
    },
    InteractiveRead(name: "recovery/stats, a month", rows: 20, queries: statistics(month)) { ledger, _ in
      try await ledger.recoveries.statistics(month, component: nil).byComponent.count
    },
    InteractiveRead(
      name: "component/C/stats", rows: 12,
      queries: [
        report(.componentRates, .all, component: "component-7"),
        RawRead.Query("SELECT * FROM breaker WHERE component_id = 7"),
        RawRead.Query("SELECT * FROM health_check WHERE component_id = 7 ORDER BY id DESC LIMIT 1"),
        RawRead.Query("\(errors) WHERE e.component_id = 7 ORDER BY e.id DESC LIMIT 10"),
      ]
    ) { ledger, _ in
      let rates = try await ledger.samples.rates(.all, component: "component-7")
      let window = try await ledger.samples.windows(component: "component-7")
      let breaker = try await ledger.breakers.find("component-7")
      let checks = try await ledger.checks.recent(component: "component-7", limit: 1)
      let errors = try await ledger.errors.recent(component: "component-7", limit: 10)
      return rates.count + window.count + (breaker == nil ? 0 : 1) + checks.count + errors.count
    },
    InteractiveRead(
      name: "the last 1,000 errors", rows: 1_000,
      queries: [RawRead.Query("\(errors) ORDER BY e.id DESC LIMIT 1000")]
    ) { ledger, _ in
      try await ledger.errors.recent(component: nil, limit: 1_000).count
    },
    InteractiveRead(
      name: "the last 1,000 errors of a component", rows: 1_000,
      queries: [RawRead.Query("\(errors) WHERE e.component_id = 7 ORDER BY e.id DESC LIMIT 1000")]
    ) { ledger, _ in
      try await ledger.errors.recent(component: "component-7", limit: 1_000).count
    },
    InteractiveRead(
      name: "the last errors of a quiet component", rows: 1,
      queries: [
        RawRead.Query(
          "\(errors) WHERE e.component_id = \(LedgerBuilder.componentCount + 1) ORDER BY e.id DESC LIMIT 10")
      ]
    ) { ledger, _ in
      try await ledger.errors.recent(component: "quiet", limit: 10).count
    },
    shell(
      "the last 100 errors with a fingerprint", rows: 100,
      ["SELECT * FROM v_errors WHERE fingerprint = '\(fingerprint)' ORDER BY id DESC LIMIT 100"]),
    InteractiveRead(
      name: "recent recoveries of a day, 80 days ago", rows: 100,
      queries: [report(.recentRecoveries, day, limit: 100)]
    ) { ledger, _ in
      try await ledger.recoveries.recent(day, component: nil, limit: 100).count
    },
    InteractiveRead(
      name: "the same of one component", rows: 10,
      queries: [report(.recentRecoveries, day, component: "component-7", limit: 10)]
    ) { ledger, _ in
      try await ledger.recoveries.recent(day, component: "component-7", limit: 10).count
    },
    shell(
      "the errors and recoveries of one request", rows: 4,
      ["v_errors", "v_recoveries"].map { "SELECT * FROM \($0) WHERE request_id = 'r-1000'" }),
  ]
}
