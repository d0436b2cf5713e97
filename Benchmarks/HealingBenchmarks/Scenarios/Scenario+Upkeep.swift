import Foundation
import Healing
import HealingSQLite
import Synchronization

extension Scenario {
  /// Pruning half of a long history in slices while a writer is at work: how long a slice holds the writer, and what a flush
  /// waits meanwhile. The reference deletes the same rows in one transaction.
  static let upkeep = Scenario("upkeep") { bench in
    let rows = bench.share(min(1_000_000, bench.options.rows), quick: 10_000)
    let (source, _) = try await LargeLedger.built(bench, rows: rows)
    let paths = ["upkeep-once.db", "upkeep.db"].map(bench.path)
    for path in paths { try FileManager.default.copyItem(atPath: source, toPath: path) }
    let loop = try ReferenceLoop()
    var speeds: [Double] = []
    func noteSpeed() throws { for _ in 0..<bench.share(21, quick: 1) { speeds.append(try loop.run()) } }
    try noteSpeed()
    let once = try await deleteAtOnce(bench, paths[0])
    try noteSpeed()

    let ledger = try SQLiteLedger(path: paths[1], options: SQLiteLedgerOptions(retention: nil))
    let load = SteadyLoad(eventsPerSecond: 200) { event in
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "writer",
            operation: "generate", action: .retry, outcome: .succeeded, attempts: 1,
            duration: .milliseconds(1))))
    }
    let alone = try await flushTimes(bench, ledger, while: { $0 < bench.share(200, quick: 5) })
    let holds = Mutex<[Double]>([])
    let isPruning = Atomic(true)
    async let pruned = { () async throws -> (rows: Int64, milliseconds: Double) in
      defer { isPruning.store(false, ordering: .relaxed) }
      let upkeep = try LedgerUpkeep(
        path: paths[1], identity: ProcessIdentity(program: "bench-prune"), time: AtTheEnd())
      let time = SystemTimeSource()
      let start = time.monotonicNanoseconds()
      let report = try await upkeep.prune(retention) { hold in
        holds.withLock {
          $0.append(Double(hold.components.attoseconds) / 1e15 + Double(hold.components.seconds) * 1e3)
        }
      }
      let deleted = report.figures.deleted.values.reduce(0) { $0 + $1.rows }
      return (deleted, Double(time.monotonicNanoseconds() - start) / 1e6)
    }()
    let beside = try await flushTimes(bench, ledger, while: { _ in isPruning.load(ordering: .relaxed) })
    let (deleted, pruneTime) = try await pruned
    _ = await load.stop()
    try await ledger.close()
    try noteSpeed()
    for path in paths { try? FileManager.default.removeItem(atPath: path) }
    guard deleted == once.rows else {
      throw Unexpected("pruning deleted \(deleted) rows, one transaction \(once.rows)")
    }

    let slowness = ReferenceLoop.slowness(speeds)
    let sorted = holds.withLock { $0.sorted() }
    func figure(
      _ what: String, _ spread: Spread, unit: String = "ms", to reference: (String, Double)? = nil,
      _ budgets: [Budget] = []
    ) -> Figure {
      var figure = Figure(scenario: "upkeep", what: what, unit: unit, spread: spread)
      figure.reference = reference?.0
      figure.ratio = reference.map { spread.median / $0.1 }
      figure.budgets = budgets
      figure.slowness = slowness
      return figure
    }
    func single(_ value: Double) -> Spread { Spread([value]) }
    let all = "\(deleted.formatted()) rows of \(rows.formatted()) a table"
    return [
      ReferenceLoop.figure("upkeep", speeds),
      figure("one transaction that deletes \(all)", single(once.milliseconds)),
      figure(
        "the same in \(sorted.count.formatted()) slices", single(pruneTime),
        to: ("one transaction", once.milliseconds)),
      figure("a slice's hold of the writer", Spread(sorted), to: ("one transaction", once.milliseconds)),
      figure(
        "p99 of the holds", single(Spread.quantile(sorted, 0.99)), to: ("one transaction", once.milliseconds)),
      figure(
        "the longest hold", single(sorted.last ?? 0), to: ("one transaction", once.milliseconds),
        [.atMost(50)]),
      figure("a flush without pruning", Spread(alone)),
      figure("a flush beside pruning", Spread(beside), to: ("without pruning", Spread(alone).median)),
      figure(
        "a flush beside pruning, p99 of \(beside.count.formatted())",
        single(Spread.quantile(beside.sorted(), 0.99)),
        to: ("without pruning", Spread.quantile(alone.sorted(), 0.99))),
    ]
  }

  /// Keeps the last 45 days of the rows, and all roll-ups.
  private static let keptDays: Int64 = 45
  private static let retention = {
    let age = Duration.seconds(keptDays * 86_400)
    return RetentionOptions(
      samples: age, errors: age, recoveries: age, checks: age, events: age, minutes: nil, hours: nil,
      maxBytes: nil)
  }()

  /// Deletes the rows that ``retention`` deletes, in one transaction.
  private static func deleteAtOnce(_ bench: Bench, _ path: String) async throws -> (
    rows: Int64, milliseconds: Double
  ) {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA synchronous = FULL")
    let cutoff = LedgerBuilder.end - keptDays * 86_400_000_000
    var rows: Int64 = 0
    let time = try await bench.nanoseconds {
      try connection.execute("BEGIN IMMEDIATE; UPDATE retention_door SET open = 1")
      let last = try connection.integer(
        """
        SELECT position FROM feed f
        WHERE coalesce((SELECT at FROM error WHERE id = f.id), (SELECT at FROM recovery WHERE id = f.id)) >= \(cutoff)
        ORDER BY position LIMIT 1
        """)
      try connection.execute("DELETE FROM feed WHERE position < \(last ?? 0)")
      rows += connection.changes
      for table in ["health_sample", "health_check", "error", "recovery"] {
        // The last check of each component stays.
        let last = "(SELECT max(x.id) FROM health_check x WHERE x.component_id = health_check.component_id)"
        let others = table == "health_check" ? " AND id < \(last)" : ""
        try connection.execute("DELETE FROM \(table) WHERE at < \(cutoff)\(others)")
        rows += connection.changes
      }
      try connection.execute("UPDATE retention_door SET open = 0; COMMIT")
    }
    return (rows, time / 1e6)
  }

  /// How long a flush of one call takes, in milliseconds.
  private static func flushTimes(
    _ bench: Bench, _ ledger: SQLiteLedger, while condition: (Int) -> Bool
  ) async throws -> [Double] {
    let slot = ComponentSlot("writer")
    var times: [Double] = []
    while condition(times.count) {
      times.append(
        try await bench.nanoseconds {
          ledger.record(
            CallSample(
              slot: slot.number, outcome: .success, durationNanoseconds: 1_000,
              endedAt: SystemTimeSource().monotonicNanoseconds()))
          try await ledger.flush()
        } / 1e6)
      usleep(5_000)
    }
    return times
  }
}

/// The machine's clocks, with the wall clock at the end of the built history.
private struct AtTheEnd: TimeSource {
  private let system = SystemTimeSource()

  func monotonicNanoseconds() -> Int64 { system.monotonicNanoseconds() }
  func wallClock() -> Timestamp { Timestamp(microseconds: LedgerBuilder.end) }
  func sleep(for duration: Duration) async throws { try await system.sleep(for: duration) }
}
