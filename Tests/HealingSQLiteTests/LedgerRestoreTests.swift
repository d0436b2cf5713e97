import Foundation
import Glibc
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Testing

/// Restoring a backup, by the real program.
@Suite(.serialized) struct LedgerRestoreTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private func record(_ path: String, _ names: ComponentName...) async throws {
    let ledger = try SQLiteLedger(path: path)
    for name in names {
      ledger.record(.component(name))
      try await ledger.flush()
    }
    try await ledger.close()
  }

  private func components(_ path: String) async throws -> [String] {
    try await SQLiteLedgerReader(path: path).components.all().map(\.name.text).sorted()
  }

  /// A ledger with the component `before` in its backup, and `after` only in itself.
  private func makeLedgerAndBackup() async throws -> (path: String, backup: String) {
    let (path, backup) = (folder.path(), folder.path("backup.db"))
    try await record(path, "before")
    _ = try await LedgerBackup(path: path).write(to: backup)
    try await record(path, "after")
    return (path, backup)
  }

  @Test func `restore keeps the former ledger with --replace, counts the loss, and programs write on`()
    async throws
  {
    let (path, backup) = try await makeLedgerAndBackup()
    #expect(chmod(path, 0o640) == 0)
    // The former ledger has rows that only its log has.
    let former = try ChildProcess("CrashWriter", [path, "7"])
    await former.killAfterFirstLine(microseconds: 50_000)
    await former.expectEnd(-SIGKILL)
    let calls = try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM health_sample")

    let refused = try await ChildProcess.run("healing", ["restore", backup, "--ledger", path])
    #expect(refused.code == 3 && refused.errors.contains("--replace"), "\(refused)")
    let result = try await ChildProcess.run("healing", ["restore", backup, "--ledger", path, "--replace"])
    #expect(result.code == 0, "\(result)")
    let words = result.errors.split(whereSeparator: \.isWhitespace).map(String.init)
    let kept = try #require(words.first { $0.hasPrefix(path + "-replaced-") }, "\(result)")

    #expect(try await components(path) == ["before"])
    #expect(!exists(path + "-partial"))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640 && status.st_nlink == 1)
    #expect(
      try Connection(path: kept, mode: .readOnly).integer("SELECT count(*) FROM health_sample") == calls)
    #expect(stat(kept, &status) == 0 && status.st_nlink == 1)

    let lost = "SELECT coalesce(sum(events), 0) FROM gap WHERE kind = 'batches_lost'"
    let gaps = try #require(try Connection(path: path, mode: .readOnly).integer(lost))
    #expect(gaps > 0)
    try await record(path, "later")
    #expect(try await components(path) == ["before", "later"])
    #expect(try Connection(path: path, mode: .readOnly).integer(lost) == gaps)
    let check = try await LedgerCheck(path: path).run()
    #expect(check.problem == nil, "\(check.lines)")
    let rows = try Connection(path: path, mode: .readOnly).integer(
      "SELECT count(*) FROM upkeep WHERE kind = 'restore'")
    #expect(rows == 1)
  }

  @Test func `restore creates a ledger where there is none`() async throws {
    let (_, backup) = try await makeLedgerAndBackup()
    let path = folder.path("new.db")
    let result = try await ChildProcess.run("healing", ["restore", backup, "--ledger", path])
    #expect(result.code == 0 && !result.errors.contains("kept"), "\(result)")
    #expect(try await components(path) == ["before"])
    #expect(try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM gap") == 0)
    try await record(path, "later")
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `restore refuses while a program writes or reads the ledger`() async throws {
    let (path, backup) = try await makeLedgerAndBackup()
    let arguments = ["restore", backup, "--ledger", path, "--replace"]
    let ledger = try SQLiteLedger(path: path)
    let writing = try await ChildProcess.run("healing", arguments)
    #expect(writing.code == 3 && writing.errors.contains("a program has the ledger open"), "\(writing)")
    try await ledger.close()

    let shell = try ChildProcess(
      "/usr/bin/python3",
      [
        "-c",
        """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1]); c.execute("SELECT count(*) FROM gap").fetchone()
        print("open", flush=True); sys.stdin.read()
        """, path,
      ], takesInput: true)
    _ = try await shell.waitForLine { $0 == "open" }
    let reading = try await ChildProcess.run("healing", arguments)
    #expect(reading.code == 3 && reading.errors.contains("a program has the ledger open"), "\(reading)")
    try shell.input?.close()
    await shell.expectEnd()
    #expect(try await components(path) == ["after", "before"])
  }

  @Test func `restore refuses a damaged backup and changes nothing`() async throws {
    let (path, backup) = try await makeLedgerAndBackup()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: backup))
    try file.seek(toOffset: 8_192 * 3)
    try file.write(contentsOf: Data(repeating: 0xA5, count: 8_192 * 4))
    try file.close()
    for (source, code) in [(backup, 4 as Int32), (folder.path("none"), 3), (path, 3)] {
      let result = try await ChildProcess.run("healing", ["restore", source, "--ledger", path, "--replace"])
      #expect(result.code == code, "\(source): \(result)")
    }
    #expect(try await components(path) == ["after", "before"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(!names.contains { $0.contains("replaced") || $0.contains("partial") }, "\(names)")
    try await record(path, "later")
  }

  @Test func `a killed restore leaves the former ledger or the restored one`() async throws {
    let (path, backup) = try await makeLedgerAndBackup()
    var generator = SplitMix64(seed: 11)
    let kills = ProcessInfo.processInfo.environment["HEALING_KILLS"].flatMap { Int($0) } ?? 8
    for _ in 0..<kills {
      let restore = try ChildProcess("healing", ["restore", backup, "--ledger", path, "--replace"])
      // The moment of death is what is tested; there is no condition to wait for.
      usleep(UInt32.random(in: 0..<120_000, using: &generator))
      restore.signal(SIGKILL)
      await restore.wait()
      let found = try await components(path)
      #expect(found == ["after", "before"] || found == ["before"], "\(found)")
    }
    let last = try await ChildProcess.run("healing", ["restore", backup, "--ledger", path, "--replace"])
    #expect(last.code == 0, "\(last)")
    #expect(try await components(path) == ["before"])
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }
}
