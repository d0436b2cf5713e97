import Foundation
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Testing

/// What `healing check` reports besides damage.
@Suite(.serialized) struct LedgerFiguresTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let rows = 200_000

  /// A ledger with ten days of calls, evenly spread, and half of its pages free.
  private func makeLedger(until now: Timestamp) async throws -> String {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let begin = now.microseconds - 10 * 86_400_000_000
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      """
      INSERT INTO component VALUES (1, 'a', 0, 0, 0);
      CREATE TEMP TABLE n AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.rows)) SELECT i FROM n;
      BEGIN;
      INSERT INTO health_sample
        SELECT i, \(begin) + i * \(10 * 86_400_000_000 / Self.rows), 1, 1, 0, 1, 0, 0, 0, 0, 0, 5, 5, NULL, NULL, NULL FROM n;
      COMMIT;
      """)
    try connection.checkpoint(.truncating)
    return path
  }

  private func figures(_ path: String, isQuick: Bool, at now: Timestamp) throws -> (LedgerFigures, Int) {
    let file = LedgerFile(path: path)
    let connection = try file.openReader()
    let before = connection.pagesRead
    let figures = try LedgerFigures(connection, of: file, isQuick: isQuick, at: now)
    return (figures, connection.pagesRead - before)
  }

  @Test func `a check beside a writer ends before the log stops the writer`() async throws {
    let now = SystemTimeSource().wallClock()
    let path = try await makeLedger(until: now)
    let check = try LedgerCheck(path: path)
    let error = await #expect(throws: LedgerError.self) {
      _ = try await check.run(isQuick: false, logBytes: 1 << 20) { step in
        guard step.hasPrefix("recounting") else { return }
        try? Connection(path: path, mode: .readWrite).execute(
          """
          PRAGMA wal_autocheckpoint = 0;
          CREATE TABLE filler AS
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            SELECT hex(zeroblob(4000)) FROM n
          """)
      }
    }
    #expect(
      error?.code == .busy && error?.problem.contains("log has more than 1 MiB") == true
        && error?.remedy.contains("healing backup") == true, "\(String(describing: error))")
  }

  @Test func `a quick check estimates what a full one counts, without reading the tables`() async throws {
    let now = SystemTimeSource().wallClock()
    let path = try await makeLedger(until: now)
    let (full, fullPages) = try figures(path, isQuick: false, at: now)
    let (quick, quickPages) = try figures(path, isQuick: true, at: now)
    let counted = try #require(full.tables.first { $0.table == "health_sample" })
    let estimated = try #require(quick.tables.first { $0.table == "health_sample" })
    #expect(counted.rows == Int64(Self.rows) && !counted.rowsEstimated && estimated.rowsEstimated)
    #expect(
      Double(estimated.rows) / Double(Self.rows) > 0.7 && Double(estimated.rows) / Double(Self.rows) < 1.3)
    let bytes = Double(try #require(counted.bytes))
    let ratio = Double(try #require(estimated.bytes)) / bytes
    #expect(ratio > 0.7 && ratio < 1.3 && estimated.bytesEstimated && !counted.bytesEstimated, "\(ratio)")
    // A tenth of the rows a day, in the last seven days as in all.
    for (rate, days) in [(counted.rowsPerDay, full.growthDays), (estimated.rowsPerDay, quick.growthDays)] {
      let rate = try #require(rate) / Double(Self.rows) * 10
      #expect(rate > 0.7 && rate < 1.3 && days.map { $0 >= 7 } == true, "\(rate) \(String(describing: days))")
    }
    let growth = try #require(full.bytesPerDay)
    #expect(abs(growth - bytes / 10) < bytes / 50, "\(growth)")
    let days = try #require(full.daysUntilFull)
    #expect(abs(days - Double(try #require(full.diskFreeBytes)) / growth) <= 1)
    #expect(full.sizeLimitBytes == RetentionOptions.standard.maxBytes)
    let used = Double((full.pages - full.freePages) * full.pageBytes)
    let untilLimit = try #require(full.daysUntilSizeLimit)
    #expect(abs(untilLimit - (Double(2 << 30) - used) / growth) <= 1, "\(untilLimit)")
    #expect(
      full.fileLines.contains { $0.hasPrefix("retention  deletes the oldest rows above 2") },
      "\(full.fileLines)")
    // The limit of the last prune.
    for (limit, expected) in [(100 << 20, Int64(100 << 20)), (nil, nil)] as [(Int64?, Int64?)] {
      var options = RetentionOptions.standard
      options.maxBytes = limit
      let upkeep = try LedgerUpkeep(path: path, identity: ProcessIdentity())
      _ = try await upkeep.prune(options)
      #expect(try figures(path, isQuick: true, at: now).0.sizeLimitBytes == expected)
    }
    #expect(counted.oldest?.prefix(10) == (now + .seconds(-864_000)).iso8601.prefix(10))
    #expect(quickPages < fullPages / 10 && quickPages < 150, "\(quickPages) of \(fullPages)")
  }

  @Test func `check prints JSON, records itself, and leaves no log behind`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, time: VirtualTime())
    for _ in 0..<3_000 {
      ledger.record(
        CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 1_000_000_000))
    }
    try await ledger.close()
    let copy = folder.path("copy.db")
    #expect(try await ChildProcess.run("healing", ["backup", copy, "--ledger", path]).code == 0)
    for mode in [["--quick"], []] {
      let result = try await ChildProcess.run(
        "healing", ["check", "--ledger", path, "--format", "json"] + mode)
      #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
      let value = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let figures = try #require(value["figures"] as? [String: Any])
      #expect(value["mode"] as? String == (mode.isEmpty ? "full" : "quick"))
      #expect(value["missing_batches"] as? Int == 0 && value["problem"] == nil)
      #expect((value["integrity"] as? [String])?.isEmpty == (mode.isEmpty ? true : nil))
      let upkeep = try #require(figures["upkeep"] as? [[String: Any]])
      #expect(upkeep.first?["kind"] as? String == "backup" && upkeep.first?["outcome"] as? String == "ok")
      #expect(upkeep.contains { $0["kind"] as? String == "check" } == mode.isEmpty)
      for key in [
        "ledger_bytes", "log_bytes", "disk_free_bytes", "page_bytes", "pages", "free_pages", "growth_days",
      ] {
        #expect(figures[key] is NSNumber, "\(key)")
      }
    }
    #expect(((try FileManager.default.attributesOfItem(atPath: path + "-wal"))[.size] as? Int ?? 0) == 0)
    // The checked copy has no lock file, so nothing is recorded in it.
    #expect(try await ChildProcess.run("healing", ["check", "--ledger", copy]).code == 0)
    #expect(!FileManager.default.fileExists(atPath: copy + "-lock"))
    // The ledger opens and is sound afterwards.
    try await SQLiteLedger(path: path).close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
    let wrong = try await ChildProcess.run("healing", ["check", "--ledger", path, "--format", "csv"])
    #expect(wrong.code == 2, "\(wrong)")
  }
}
