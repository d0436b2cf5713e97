import Healing
import HealingSQLite

/// Load on a real ledger.
enum LedgerLoad {
  static let components: [ComponentName] = ["a", "b", "c", "d"]
  /// Rows to a batch; fits the queue, so that every call is a row of its own.
  static let batchSize = 40_000

  /// Sustained rate from `record` to the durable row, roll-ups included.
  static func rowsPerSecond(path: String, batches: Int) async throws -> Double {
    let time = SystemTimeSource()
    let ledger = try SQLiteLedger(path: path)
    let start = time.monotonicNanoseconds()
    for _ in 0..<batches {
      for index in 0..<batchSize {
        ledger.record(
          CallSample(
            component: components[index & 3], outcome: .success, duration: 1_500_000,
            endedAt: time.monotonicNanoseconds()))
      }
      try await ledger.flush()
    }
    let elapsed = time.monotonicNanoseconds() - start
    let counted = try await ledger.samples.rates(.all, component: nil).reduce(0) { $0 + $1.totalRequests }
    precondition(counted == Int64(batches * batchSize), "the ledger lost rows")
    try await ledger.close()
    return Double(batches * batchSize) / Double(elapsed) * 1e9
  }

  /// Milliseconds from recording one call to the answer of the flush after it, while others record at a steady rate.
  static func latencies(path: String, eventsPerSecond: Int, seconds: Int) async throws -> [Double] {
    let time = SystemTimeSource()
    let ledger = try SQLiteLedger(path: path)
    let load = Task.detached {
      let start = time.monotonicNanoseconds()
      var sent = 0
      while !Task.isCancelled {
        let due = Int((time.monotonicNanoseconds() - start) * Int64(eventsPerSecond) / 1_000_000_000)
        while sent < due {
          let now = time.monotonicNanoseconds()
          ledger.record(
            CallSample(component: components[sent & 3], outcome: .success, duration: 1_000, endedAt: now))
          sent += 1
        }
        try? await Task.sleep(for: .microseconds(500))
      }
    }
    var latencies: [Double] = []
    let end = time.monotonicNanoseconds() + Int64(seconds) * 1_000_000_000
    while time.monotonicNanoseconds() < end {
      let start = time.monotonicNanoseconds()
      ledger.record(CallSample(component: "probe", outcome: .success, duration: 1_000, endedAt: start))
      try await ledger.flush()
      latencies.append(Double(time.monotonicNanoseconds() - start) / 1e6)
      try await Task.sleep(for: .milliseconds(5))
    }
    load.cancel()
    await load.value
    try await ledger.close()
    return latencies
  }
}
