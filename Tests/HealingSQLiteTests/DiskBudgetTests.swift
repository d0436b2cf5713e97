import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What a ledger with the default options grows by under 1,000 calls a second on 20 components, in virtual time.
/// `HEALING_LOAD_MINUTES` says for how long; 2 by default.
@Suite(.serialized) struct DiskBudgetTests {
  private static let minutes =
    ProcessInfo.processInfo.environment["HEALING_LOAD_MINUTES"].flatMap { Int($0) } ?? 2

  @Test(arguments: [(1_000, 150.0), (100, 600.0)])
  func `a day of calls stays within its budget`(callsPerError: Int, megabytes: Double) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: path, time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(initialDelay: .milliseconds(1), jitter: .none), breaker: .standard), time: time)
    let components = (0..<20).map { engine.component(ComponentName("component-\($0)")) }
    for component in components { try await component.execute("generate") {} }
    try await ledger.flush()
    let before = try Self.pages(path)
    let seconds = Self.minutes * 60
    var random = SplitMix64(seed: 3)
    for _ in 0..<seconds {
      for call in 0..<1_000 {
        var fails = Int.random(in: 0..<callsPerError, using: &random) == 0
        try await components[call % 20].execute("generate") {
          defer { fails = false }
          if fails { throw POSIXError(.ECONNREFUSED) }
        }
        time.advance(by: .milliseconds(1))
      }
      while ledger.status.unwrittenEvents > 30_000 { await pause() }
    }
    try await ledger.close()
    let file = try Connection(path: path, mode: .readOnly)
    let bytes = try Self.pages(path) - before
    let day = Double(bytes) / Double(seconds) * 86_400 / 1e6
    print(
      "1 error in \(callsPerError) calls: \(day) MB a day, \(Double(bytes) / Double(seconds * 1_000)) bytes a call"
    )
    for table in ["health_sample", "error", "recovery", "feed"] {
      print(table, try file.integer("SELECT count(*) FROM \(table)") ?? 0)
    }
    #expect(day <= megabytes)
    #expect(try file.integer("SELECT count(*) FROM gap") == 0)
    #expect(try file.integer("SELECT sum(successes) FROM health_sample") == Int64(seconds * 1_000 + 20))
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  /// Bytes of the pages in use.
  private static func pages(_ path: String) throws -> Int64 {
    let connection = try Connection(path: path, mode: .readOnly)
    let count = try connection.integer("SELECT page_count FROM pragma_page_count()") ?? 0
    return count * (try connection.integer("SELECT page_size FROM pragma_page_size()") ?? 0)
  }
}
