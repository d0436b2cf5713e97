import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

/// Reports whose reader does not read, and reads that take too long.
@Suite struct StalledReportTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(.timeLimit(.minutes(5))) func `a CSV report into a full pipe does not keep the log`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO component SELECT i, printf('component-%0150d', i), 0, 0, 0 FROM n;
      INSERT INTO recovery_rollup SELECT 0, 0, id, 0, 1, 1, 1, 1, 1 FROM component;
      """)
    let pipe = folder.path("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(reader >= 0)
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let report = try ChildProcess(
      "/bin/sh",
      ["-c", "exec '\(program)' report by-component --ledger '\(path)' --format csv > '\(pipe)'"])
    var waiting: Int32 = 0
    while waiting < 65_536 {
      try #require(ioctl(reader, UInt(FIONREAD), &waiting) == 0)
      await pause()
    }
    let ledger = try SQLiteLedger(path: path)
    let longest = try await longestLog(of: ledger, at: path + "-wal", inserts: StalledClients.inserts)
    #expect(longest <= StalledClients.logLimit)
    let writer = try Connection(path: path, mode: .readWrite)
    _ = try writer.integer("PRAGMA schema_version")  // Opens the log.
    while fileSize(path + "-wal") != 0 {
      try writer.checkpoint(.truncating)
      try await Task.sleep(for: .milliseconds(1))
    }
    // The report still waits for its reader.
    try #require(ioctl(reader, UInt(FIONREAD), &waiting) == 0)
    #expect(waiting == 65_536)
    close(reader)
    await report.expectEnd(0)
    try await ledger.close()
    print("longest log: \(longest) bytes after \(StalledClients.inserts) inserts")
  }

  @Test func `a read past its deadline exits with 3`() {
    let error = LedgerError(.deadlineExceeded, ledger: "l.db", problem: "reading rows was stopped")
    #expect(ExitCode(for: error) == .unavailable)
  }
}
