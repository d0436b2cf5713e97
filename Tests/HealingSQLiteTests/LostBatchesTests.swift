import Foundation
import Glibc
import Healing
import HealingMigrations
@testable import HealingSQLite
import HealingTestSupport
import Testing

/// Damage that SQLite does not see: it ends a log silently at the first frame that is not whole.
@Suite struct LostBatchesTests {
  /// A ledger whose writer was killed with rows in the log, and how many batches were durable.
  private func killed(_ path: String) async throws -> Int64 {
    let writer = try ChildProcess("CrashWriter", [path, "7"])
    await writer.killAfterFirstLine(microseconds: 60_000)
    await writer.expectEnd(-SIGKILL)
    return try #require(LockFileMarks.all(at: path + "-lock").values.first).batch
  }

  private func flip(_ path: String, at place: Int) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(place))
    let bytes = try #require(try file.read(upToCount: 4))
    try file.seek(toOffset: UInt64(place))
    try file.write(contentsOf: Data(bytes.map { ~$0 }))
    try file.close()
  }

  /// Where in a log each transaction ends, by sqlite.org/walformat.html: the frames whose head says how many pages the
  /// database has then, as long as they carry the log's own salt.
  private func commitEnds(_ log: String) throws -> [Int] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: log)))
    let frames = stride(from: 32, through: bytes.count - 8_216, by: 8_216)
    return frames.prefix { bytes[($0 + 8)..<($0 + 16)] == bytes[16..<24] }
      .filter { bytes[($0 + 4)..<($0 + 8)].contains { $0 != 0 } }.map { $0 + 8_216 }
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func `opening and check report damage in the log of a killed writer, which --accept-loss accepts`(
    share: Double
  )
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let batches = try await killed(path)
    // In a separate process: while a process has the log open, SQLite relies on its index and recomputes no checksum.
    #expect(try await ChildProcess.run("healing", ["check", "--ledger", path]).code == 0)
    // The last batch in the log may not have been acknowledged: damage in it causes no report.
    let size = try #require(try commitEnds(path + "-wal").dropLast().last)
    // None of it has been copied into the ledger yet.
    try #require(size > 30_000 && size < 8 << 20)
    try flip(path + "-wal", at: Int(Double(size) * share) / 8_216 * 8_216 + 2_000)
    let report = try await LedgerCheck(path: path).run()
    #expect(report.problem?.code == .corrupt)
    let missing = try #require(report.problem?.problem.split(separator: " ").first.flatMap { Int64($0) })
    #expect((1...batches + 1).contains(missing), "\(report.lines)")
    let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
    #expect(
      error?.code == .corrupt && error?.problem.hasPrefix("\(missing) batches") == true,
      "\(String(describing: error))")
    let checked = try await ChildProcess.run("healing", ["check", "--ledger", path])
    #expect(checked.code == 4 && checked.errors.contains("--accept-loss"), "\(checked)")
    // An operator accepts the loss: it is reported once and counted in a gap, and the writer continues.
    let accepted = try await ChildProcess.run("healing", ["check", "--accept-loss", "--ledger", path])
    #expect(accepted.code == 0, "\(accepted)")
    let connection = try Connection(path: path, mode: .readOnly)
    #expect(try connection.integer("SELECT sum(events) FROM v_gaps WHERE kind = 'batches_lost'") == missing)
    try await SQLiteLedger(path: path).close()
    let after = try await LedgerCheck(path: path).run()
    #expect(after.problem == nil)
    #expect(
      after.lines.contains { $0.hasSuffix("except \(missing) that were lost earlier (see v_gaps)") },
      "\(after)")
  }

  @Test func `opening detects a removed log and a restored backup`() async throws {
    let folder = try TemporaryFolder()
    for (name, spoil) in [
      ("removed", { (path: String) in try FileManager.default.removeItem(atPath: path + "-wal") }),
      ("cut", { (path: String) in #expect(truncate(path + "-wal", 40_000) == 0) }),
    ] {
      let path = folder.path("\(name).db")
      _ = try await killed(path)
      try spoil(path)
      let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
      #expect(error?.code == .corrupt, "\(name): \(String(describing: error))")
    }
    let path = folder.path("restored.db")
    let ledger = try SQLiteLedger(path: path)
    try await ledger.flush()
    #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, ".backup '\(path).old'"]).code == 0)
    ledger.record(.component("a"))
    try await ledger.close()
    #expect(rename(path + ".old", path) == 0)
    #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
  }

  /// An older backup at the path, once of this schema and once of an earlier one, which opening migrates.
  @Test(arguments: [nil, 10]) func `the remedy for missing batches works after programs were rejected`(
    steps: Int?
  ) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    try await ledger.flush()
    if let steps {
      let old = try Connection(path: path + ".old", mode: .readWriteCreate)
      try Migrator(migrations: Array(Migration.all.prefix(steps))).migrate(
        old, ledger: path, now: Timestamp(microseconds: 0))
    } else {
      #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, ".backup '\(path).old'"]).code == 0)
    }
    ledger.record(.component("a"))
    try await ledger.close()
    #expect(rename(path + ".old", path) == 0)
    for arguments in [["serve"], ["prune"], ["demo", "--seconds", "1"]] {
      let rejected = try await ChildProcess.run("healing", arguments + ["--ledger", path])
      #expect(rejected.code == 4, "\(arguments): \(rejected)")
    }
    #expect(FileIdentity(path: path + "-wal").map { $0.size == 0 } ?? true)
    let accepted = try await ChildProcess.run("healing", ["check", "--accept-loss", "--ledger", path])
    #expect(accepted.code == 0, "\(accepted)")
    try await SQLiteLedger(path: path).close()
  }

  @Test func `kills lose no batch and cause no false report`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    for _ in 0..<5 { _ = try await killed(path) }
    #expect(try await LedgerCheck(path: path).run().problem == nil)
    try await SQLiteLedger(path: path).close()
  }

  // MARK: The beginning of a file

  @Test func `the next writer opens a file whose writer was killed at any point of its creation`()
    async throws
  {
    let folder = try TemporaryFolder()
    var opened = 0
    for round in 0..<30 {
      let path = folder.path("\(round).db")
      let writer = try ChildProcess("CrashWriter", [path, "7"])
      // The moment of death is what is tested; there is no condition to wait for.
      usleep(UInt32(round) * 700)
      writer.signal(SIGKILL)
      await writer.wait()
      try await SQLiteLedger(path: path).close()
      #expect(try await LedgerCheck(path: path).run().problem == nil)
      opened += 1
    }
    #expect(opened == 30)
  }

  @Test func `the next writer rolls back a hot journal`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    // SQLite leaves its journal behind when it dies between writing the file and deleting the journal.
    let script = """
      import sqlite3, os, sys
      c = sqlite3.connect(sys.argv[1], isolation_level=None)
      c.execute("PRAGMA page_size = 8192"); c.execute("PRAGMA cache_size = 1"); c.execute("CREATE TABLE scratch (a)")
      c.execute("DROP TABLE scratch"); c.execute("BEGIN"); c.execute("CREATE TABLE t (a)")
      for i in range(200): c.execute("INSERT INTO t VALUES (?)", ("x" * 4000,))
      os._exit(0)
      """
    #expect(try await ChildProcess.run("/usr/bin/python3", ["-c", script, path]).code == 0)
    try #require(FileManager.default.fileExists(atPath: path + "-journal"))
    let error = #expect(throws: LedgerError.self) { try SQLiteLedgerReader(path: path) }
    #expect(error?.problem.contains("killed") == true, "\(String(describing: error))")
    try await SQLiteLedger(path: path).close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test(arguments: [0, 1]) func `opening rejects a ledger that was truncated to nothing`(size: Int)
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    ledger.record(.component("a"))
    try await ledger.close()
    #expect(truncate(path, off_t(size)) == 0)
    let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
    #expect(
      error?.code == .corrupt && error?.problem.contains("truncated") == true, "\(String(describing: error))")
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == size)
    // After the ledger and its side files were moved away, a new one is created.
    for suffix in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    try await SQLiteLedger(path: path).close()
  }
}
