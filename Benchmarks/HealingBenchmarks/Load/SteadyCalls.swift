import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting

/// Calls on 20 components, 1,000 a second, of which one in so many fails once and is retried.
struct SteadyCalls: Sendable {
  static let perSecond = 1_000
  private static let componentCount = 20

  let callsPerError: Int
  /// For the table.
  let share: String
  /// The budget of a day on disk.
  let megabytesADay: Double

  static let all = [
    SteadyCalls(callsPerError: 1_000, share: "0.1 %", megabytesADay: 150),
    SteadyCalls(callsPerError: 100, share: "1 %", megabytesADay: 600),
  ]

  /// Makes calls in virtual time.
  /// - Returns: bytes on disk for each call.
  func bytes(_ bench: Bench, _ name: String, seconds: Int, _ options: SQLiteLedgerOptions) async throws
    -> Double
  {
    let path = bench.path("cost-\(name)-\(callsPerError).db")
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: path, options: options, time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(initialDelay: .milliseconds(1), jitter: .none), breaker: .standard), time: time)
    let components = (0..<Self.componentCount).map { engine.component(ComponentName("component-\($0)")) }
    for component in components { try await component.execute("generate") {} }
    try await ledger.flush()
    let before = try Self.bytes(path)
    var random = SplitMix64(seed: 3)
    for _ in 0..<seconds {
      for call in 0..<Self.perSecond {
        var fails = Int.random(in: 0..<callsPerError, using: &random) == 0
        try await components[call % Self.componentCount].execute("generate") {
          defer { fails = false }
          if fails { throw POSIXError(.ECONNREFUSED) }
        }
        time.advance(by: .milliseconds(1))
      }
      while ledger.status.unwrittenEvents > 30_000 { await pause() }
    }
    try await ledger.close()
    let file = try Connection(path: path, mode: .readOnly)
    let calls = seconds * Self.perSecond
    let counted = try file.integer("SELECT sum(successes) FROM health_sample") ?? 0
    guard counted == Int64(calls + Self.componentCount) else {
      throw Unexpected("the ledger counts \(counted) successes of \(calls + Self.componentCount)")
    }
    return (try Self.bytes(path) - before) / Double(calls)
  }

  /// The same rows of calls, errors and recoveries by SQLite alone, without roll-ups.
  /// - Returns: bytes on disk for each call.
  func rawBytes(_ bench: Bench, seconds: Int) throws -> Double {
    let path = bench.path("cost-raw-\(callsPerError).db")
    let loop = try RawLoop(path: path)
    let before = try Self.bytes(path)
    let calls = seconds * Self.perSecond
    for _ in 0..<seconds {
      try loop.write(rows: Self.perSecond)
      try loop.writeFailures(max(1, Self.perSecond / callsPerError))
    }
    return (try Self.bytes(path) - before) / Double(calls)
  }

  /// Bytes of the pages, those in the log included.
  private static func bytes(_ path: String) throws -> Double {
    let connection = try Connection(path: path, mode: .readOnly)
    let pages = try connection.integer("PRAGMA page_count") ?? 0
    return Double(pages * (try connection.integer("PRAGMA page_size") ?? 0))
  }
}
