import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// How long a call takes to become durable while 100,000 others a second are recorded.
  static let latency = Scenario("latency") { bench in
    let commits = try await commitTimes(bench)
    let bare = BareGroupCommit(path: bench.path("bare.db"))
    let ledger = try SQLiteLedger(path: bench.path("latency.db"), options: LedgerLoad.everyRow)
    var (bareFlushed, bareLeftAlone, flushed, leftAlone): ([Double], [Double], [Double], [Double]) = (
      [], [], [], []
    )
    var sent = 0
    // In turns, so that what disturbs the disk disturbs both.
    for _ in 0..<bench.share(10, quick: 1) {
      let bareLoad = SteadyLoad(eventsPerSecond: eventsPerSecond) { _ in bare.add() }
      let (one, other) = try await bareTimes(bench, bare)
      (bareFlushed, bareLeftAlone) = (bareFlushed + one, bareLeftAlone + other)
      _ = await bareLoad.stop()
      let load = SteadyLoad(ledger: ledger, eventsPerSecond: eventsPerSecond)
      flushed += try await flushTimes(bench, ledger)
      leftAlone += try await visibleTimes(bench, ledger)
      sent += await load.stop()
      try await ledger.flush()
    }
    await bare.stop()
    let counted = try await LedgerLoad.countedCalls(ledger) - Int64(flushed.count + leftAlone.count)
    guard counted == Int64(sent) else { throw Unexpected("the ledger counts \(counted) calls of \(sent)") }
    try await ledger.close()

    func figures(_ what: String, _ milliseconds: [Double], to bare: [Double]? = nil) -> [Figure] {
      let sorted = milliseconds.sorted()
      return [("p50", 0.5), ("p99", 0.99)].map { label, share in
        var figure = Figure(
          scenario: "latency", what: "\(what), \(label) of \(sorted.count)", unit: "ms",
          spread: Spread([Spread.quantile(sorted, share)]))
        guard let bare else { return figure }
        figure.reference = "bare group commit"
        figure.ratio = Spread.quantile(sorted, share) / Spread.quantile(bare.sorted(), share)
        if share > 0.9 { figure.budgets = [.ratioAtMost(3.3)] }
        return figure
      }
    }
    return figures("one row and its synchronised commit, without load", commits)
      + figures("bare group commit, flushed", bareFlushed)
      + figures("record to durable, flushed", flushed, to: bareFlushed)
      + figures("bare group commit, left alone", bareLeftAlone)
      + figures("record to durable, left alone", leftAlone, to: bareLeftAlone)
  }

  private static let eventsPerSecond = 100_000

  private static func commitTimes(_ bench: Bench) async throws -> [Double] {
    let loop = try RawLoop(path: bench.path("commits.db"))
    var times: [Double] = []
    for _ in 0..<bench.share(1_000, quick: 10) {
      times.append(try await bench.nanoseconds { try loop.write(rows: 1) } / 1e6)
    }
    return times
  }

  /// The same rows and pauses without the ledger.
  private static func bareTimes(_ bench: Bench, _ bare: BareGroupCommit) async throws -> (
    flushed: [Double], leftAlone: [Double]
  ) {
    var (flushed, leftAlone): ([Double], [Double]) = ([], [])
    for _ in 0..<bench.share(150, quick: 10) {
      flushed.append(try await bench.nanoseconds { try await bare.addAndWait(atOnce: true) } / 1e6)
      try await Task.sleep(for: .milliseconds(4))
    }
    for _ in 0..<bench.share(100, quick: 10) {
      leftAlone.append(try await bench.nanoseconds { try await bare.addAndWait(atOnce: false) } / 1e6)
      try await Task.sleep(for: .milliseconds(3))
    }
    return (flushed, leftAlone)
  }

  /// Until `flush` answers.
  private static func flushTimes(_ bench: Bench, _ ledger: SQLiteLedger) async throws -> [Double] {
    var times: [Double] = []
    for _ in 0..<bench.share(150, quick: 10) {
      times.append(
        try await bench.nanoseconds {
          ledger.record(probe())
          try await ledger.flush()
        } / 1e6)
      try await Task.sleep(for: .milliseconds(4))
    }
    return times
  }

  /// Until another connection reads the row, without a flush. Polls every 0.1 ms.
  private static func visibleTimes(_ bench: Bench, _ ledger: SQLiteLedger) async throws -> [Double] {
    let reader = try Connection(path: ledger.path, mode: .readOnly)
    func count() throws -> Int64 {
      try reader.integer(
        """
        SELECT successes FROM sample_rollup
        WHERE resolution = 0 AND component_id = (SELECT id FROM component WHERE name = 'probe')
        """) ?? 0
    }
    var times: [Double] = []
    for _ in 0..<bench.share(100, quick: 10) {
      let before = try count()
      times.append(
        try await bench.nanoseconds {
          ledger.record(probe())
          // A thread's sleep: a task's is rounded up to a millisecond and more.
          while try count() == before { usleep(100) }
        } / 1e6)
      try await Task.sleep(for: .milliseconds(3))
    }
    return times
  }

  private static let probeSlot = ComponentSlot("probe")

  private static func probe() -> CallSample {
    CallSample(
      slot: probeSlot.number, outcome: .success, durationNanoseconds: 1_000,
      endedAt: SystemTimeSource().monotonicNanoseconds())
  }
}
