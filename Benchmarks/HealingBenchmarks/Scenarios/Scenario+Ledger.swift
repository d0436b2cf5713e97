import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// From `record` to the durable row, roll-ups included, beside a raw loop that writes the same rows in the same
  /// batches; and what a row takes on disk.
  static let ledger = Scenario("ledger") { bench in
    // Fits the queue, so that every call is a separate row.
    let batch = bench.share(40_000, quick: 1_000)
    let batches = bench.share(10, quick: 2)
    let rounds = bench.share(11, quick: 1)
    // Four times what the queue holds and more than the writer can take away meanwhile.
    let merged = bench.share(2_000_000, quick: 100_000)
    var raw: [Double] = []
    var rows: [Double] = []
    var mergedCalls: [Double] = []
    for round in 0..<rounds {
      let loop = try RawLoop(path: bench.path("raw-\(round).db"))
      let rawTime = try await bench.nanoseconds {
        for _ in 0..<batches { try loop.write(rows: batch) }
      }
      let ledger = try SQLiteLedger(
        path: bench.path("ledger-\(round).db"), options: LedgerLoad.everyRow)
      let ledgerTime = try await bench.nanoseconds {
        for _ in 0..<batches { try await LedgerLoad.calls(batch, ledger) }
      }
      let stored = try Connection(path: ledger.path, mode: .readOnly)
        .integer("SELECT count(*) FROM health_sample")
      guard stored == Int64(batches * batch) else {
        throw Unexpected("the ledger holds \(stored ?? 0) rows of \(batches * batch)")
      }
      let mergedTime = try await bench.nanoseconds { try await LedgerLoad.calls(merged, ledger) }
      let counted = try await LedgerLoad.countedCalls(ledger)
      guard counted == Int64(batches * batch + merged) else {
        throw Unexpected("the ledger counts \(counted) calls of \(batches * batch + merged)")
      }
      try await ledger.close()
      for name in ["raw", "ledger"] {
        for end in ["", "-wal", "-shm", "-lock"] {
          try? FileManager.default.removeItem(atPath: bench.path("\(name)-\(round).db\(end)"))
        }
      }
      let count = Double(batches * batch)
      raw.append(count / rawTime * 1e9)
      rows.append(count / ledgerTime * 1e9)
      mergedCalls.append(Double(merged) / mergedTime * 1e9)
    }
    func figure(_ what: String, _ values: [Double], _ budgets: [Budget] = []) -> Figure {
      var figure = Figure(scenario: "ledger", what: what, unit: "rows/s", spread: Spread(values))
      figure.reference = "raw C loop"
      figure.ratio = Spread(zip(values, raw).map { $0 / $1 }).median
      figure.budgets = budgets
      return figure
    }
    return [
      Figure(
        scenario: "ledger", what: "raw C loop, the same rows and batches", unit: "rows/s", spread: Spread(raw)
      ),
      figure("record to durable, a row a call, roll-ups included", rows, [.ratioAtLeast(0.8)]),
      figure("record to durable, flat out, merged", mergedCalls),
    ] + (try await indexed(bench)) + (try await bytesOnDisk(bench))
  }

  /// What the index by component costs the writer: rows of history with it, beside the same without.
  private static func indexed(_ bench: Bench) async throws -> [Figure] {
    typealias Load = (Int, SQLiteLedger) async throws -> Void
    func rate(_ name: String, dropping index: String?, _ load: Load) async throws -> Double {
      let path = bench.path(name)
      defer {
        for end in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + end) }
      }
      let ledger = try SQLiteLedger(path: path, options: LedgerLoad.everyRow)
      if let index {
        try Connection(path: path, mode: .readWrite).execute("DROP INDEX IF EXISTS \(index)_by_component")
      }
      // Fits the queue, so that every one is a separate row.
      let batch = bench.share(8_000, quick: 100)
      let batches = bench.share(25, quick: 1)
      let time = try await bench.nanoseconds { for _ in 0..<batches { try await load(batch, ledger) } }
      try await ledger.close()
      return Double(batch * batches) / time * 1e9
    }
    var figures: [Figure] = []
    for (table, load) in [("error", LedgerLoad.errors as Load), ("recovery", LedgerLoad.recoveries)] {
      var (bare, indexed) = ([Double](), [Double]())
      for round in 0...bench.share(11, quick: 1) {
        let pair = (
          try await rate("bare-\(round).db", dropping: table, load),
          try await rate("indexed-\(round).db", dropping: nil, load)
        )
        if round > 0 {
          bare.append(pair.0)
          indexed.append(pair.1)
        }
      }
      var figure = Figure(
        scenario: "ledger", what: "record to durable, \(table)", unit: "rows/s", spread: Spread(indexed))
      figure.reference = "without the index by component"
      figure.ratio = Spread(zip(indexed, bare).map { $0 / $1 }).median
      figures.append(figure)
    }
    return figures
  }

  private static func bytesOnDisk(_ bench: Bench) async throws -> [Figure] {
    func size(_ name: String, _ write: (SQLiteLedger) async throws -> Void) async throws -> Double {
      let ledger = try SQLiteLedger(path: bench.path(name), options: LedgerLoad.everyRow)
      try await write(ledger)
      // Checkpoints: the database file then holds everything.
      try await ledger.close()
      return Double(
        try URL(fileURLWithPath: bench.path(name)).resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
    }
    let rounds = bench.share(20, quick: 1)
    let empty = try await size("size-0.db") { _ in }
    let calls = try await size("size-1.db") { ledger in
      for _ in 0..<rounds { try await LedgerLoad.calls(8_000, ledger) }
    }
    let recoveries = try await size("size-2.db") { ledger in
      for _ in 0..<rounds { try await LedgerLoad.recoveries(8_000, ledger) }
    }
    let count = Double(8_000 * rounds)
    return [("on disk, a call's row", calls), ("on disk, a recovery's row", recoveries)].map { what, size in
      Figure(scenario: "ledger", what: what, unit: "bytes", spread: Spread([(size - empty) / count]))
    }
  }
}
