import FloodReport
import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Calls faster than the writer can store. `HEALING_FLOOD_SECONDS` says how long; 1 by default, 10 for the full share.
@Suite struct FloodTests {
  static let seconds = ProcessInfo.processInfo.environment["HEALING_FLOOD_SECONDS"] ?? "1"

  // Under the thread sanitizer calls are slower than the writer, and its own memory is many times theirs.
  #if !HEALING_TSAN
    @Test func `under a flood totals equal the calls, and the memory stays bounded`() async throws {
      let folder = try TemporaryFolder()
      let path = folder.path()
      let (code, output, errors) = try await ChildProcess.run("FloodWriter", [path, Self.seconds])
      try #require(code == 0, "\(errors)")
      let report = try JSONDecoder().decode(FloodReport.self, from: Data(output.utf8))
      let connection = try Connection(path: path, mode: .readOnly)
      let counted = try connection.integer("SELECT sum(successes + failures) FROM health_sample")
      let failed = try connection.integer("SELECT sum(failures) FROM health_sample")
      let errorCount = try connection.integer("SELECT sum(occurrences) FROM error")
      #expect(counted == Int64(report.calls))
      #expect(failed == Int64(report.failures))
      #expect(errorCount == Int64(report.failures))
      let rows = try #require(try connection.integer("SELECT count(*) FROM health_sample"))
      let gaps = try #require(
        try connection.integer("SELECT count(*) FROM gap WHERE kind = 'samples_merged'"))
      #expect(rows < report.calls, "the flood was no flood: every call has a separate row")
      #expect(gaps > 0, "merged without saying so")
      // In a debug build.
      #expect(report.peakMemory < 55_000_000)
      #expect(try await LedgerCheck(path: path).run().problem == nil)
    }
  #endif

  @Test func `a steady load costs at most 25 synchronisations a second and two rows a second and component`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let (code, output, errors) = try await ChildProcess.run("FloodWriter", [path, "3", "steady"])
    try #require(code == 0, "\(errors)")
    let report = try JSONDecoder().decode(FloodReport.self, from: Data(output.utf8))
    let connection = try Connection(path: path, mode: .readOnly)
    // Each batch is one commit and one synchronisation of the log. The program counts its calls of fdatasync and fsync.
    let commits = try #require(try connection.integer("SELECT max(batch) FROM process"))
    let rate = report.synchronisationsPerSecond
    // A window of two seconds can have one more at each of its ends.
    #expect(rate <= 26, "\(rate) a second, \(commits) commits in \(report.seconds) s")
    // A lower count than that of the errors' commits would mean that not all calls are counted.
    #expect(rate >= 8, "\(rate) a second, \(commits) commits in \(report.seconds) s")
    Self.printFigures(report, commits)
    let rows = try #require(try connection.integer("SELECT count(*) FROM health_sample"))
    #expect(Double(rows) <= 2 * 20 * (report.seconds + 1), "\(rows) rows in \(report.seconds) s")
    #expect(
      try connection.integer("SELECT sum(successes + failures) FROM health_sample")
        == Int64(report.calls + report.failures))
    #expect(try connection.integer("SELECT count(*) FROM error") == Int64(report.failures))
    #expect(try connection.integer("SELECT count(*) FROM recovery") == Int64(report.failures))
    #expect(try connection.integer("SELECT count(*) FROM gap") == 0)
    #if !HEALING_TSAN
      #expect(report.peakMemory < 50_000_000)
    #endif
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  private static func printFigures(_ report: FloodReport, _ commits: Int64) {
    guard ProcessInfo.processInfo.environment["HEALING_FIGURES"] != nil else { return }
    print(
      "1,000 calls/s: \(report.synchronisationsPerSecond) synchronisations/s,",
      "\(Double(commits) / report.seconds) commits/s, \(report.peakMemory / 1_000_000) MB resident,",
      "\(100 * report.processorSeconds / report.seconds) % of a core")
  }

  @Test func `calls continue while the ledger cannot be written, and all are counted afterwards`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    let engine = try await RecoveryEngine(ledger: ledger)
    let component = engine.component("busy")
    try await component.execute("call") {}
    try await ledger.flush()
    // The writer cannot get past this transaction; a call that waited for it would never return.
    let blocker = try Connection(path: path, mode: .readWrite)
    try blocker.run("BEGIN IMMEDIATE")
    let calls = 200_000
    for _ in 0..<calls { try await component.execute("call") {} }
    try blocker.run("ROLLBACK")
    // The writer's last attempt may have ended as busy just before.
    while (try? await ledger.flush()) == nil {}
    let rates = try await ledger.samples.rates(.all, component: nil)
    #expect(rates.map(\.totalRequests) == [Int64(calls + 1)])
    try await ledger.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }
}
