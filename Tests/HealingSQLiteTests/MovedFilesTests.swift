import Foundation
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// An open ledger whose files are moved, removed, replaced, truncated or linked from outside.
@Suite struct MovedFilesTests {
  enum Mishap: String, CaseIterable, CustomTestStringConvertible {
    case removeAll, removeLedger, moveAll, renameFolder, replaceByOtherLedger, replaceByBackup, removeLog,
      removeIndex
    case removeIndexAndRead, removeLock, cutLog, zeroLog, linkLedger, replaceLock, touch, moveOtherOver,
      cutLedger

    var testDescription: String { rawValue }

    /// Whether a whole ledger with every row from before is under the path afterwards.
    var leavesTheLedger: Bool {
      switch self {
      case .removeLog, .removeIndex, .removeIndexAndRead, .removeLock, .replaceLock, .touch: true
      default: false
      }
    }
    /// Whether no ledger is under the path, or one that must not be written.
    var leavesNothing: Bool {
      switch self {
      case .removeAll, .removeLedger, .moveAll, .renameFolder, .linkLedger, .cutLedger: true
      default: false
      }
    }
  }

  private final class Notices: Sendable {
    private let list = Lock<[LedgerNotice]>([])
    func add(_ notice: LedgerNotice) { list.withLock { $0.append(notice) } }
    var all: [LedgerNotice] { list.withLock { $0 } }
    var troubles: Int { all.count { if case .troubleBegan = $0 { true } else { false } } }
  }

  private static let before = 100

  private func record(_ ledger: SQLiteLedger, _ count: Int, component: ComponentName = "a") {
    for _ in 0..<count {
      ledger.record(
        CallSample(component: component, outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
    }
  }

  /// The calls in the file, read by another program.
  private func stored(_ path: String) async throws -> Int {
    let result = try await ChildProcess.run(
      "/usr/bin/sqlite3", ["-readonly", path, "SELECT coalesce(sum(successes), 0) FROM health_sample"])
    return Int(result.output.split(separator: "\n").first ?? "") ?? 0
  }

  /// Lets another program copy the log into the ledger and empty it. It is refused while this one checkpoints, which
  /// SQLite does not wait for.
  private func emptyLog(_ path: String) async throws {
    while true {
      let shell = try await ChildProcess.run(
        "/usr/bin/sqlite3", [path, "PRAGMA busy_timeout = 60000; PRAGMA wal_checkpoint(TRUNCATE)"])
      try #require(shell.code == 0, "\(shell)")
      if shell.output.contains("\n0|0|0") { return }
    }
  }

  private func files(_ path: String) -> [String] { ["", "-wal", "-shm", "-lock"].map { path + $0 } }

  private func happen(_ mishap: Mishap, _ path: String, in folder: TemporaryFolder) async throws {
    let manager = FileManager.default
    func remove(_ suffixes: [String]) {
      for suffix in suffixes { try? manager.removeItem(atPath: path + suffix) }
    }
    func move(to name: String) throws {
      for file in files(path) where manager.fileExists(atPath: file) {
        try manager.moveItem(atPath: file, toPath: folder.path(name) + file.dropFirst(path.count))
      }
    }
    func makeOther(_ name: String, calls: Int) async throws -> String {
      let other = folder.path(name)
      let ledger = try SQLiteLedger(path: other)
      record(ledger, calls)
      try await ledger.close()
      return other
    }
    switch mishap {
    case .removeAll: remove(["", "-wal", "-shm", "-lock"])
    case .removeLedger: remove([""])
    case .moveAll: try move(to: "moved.db")
    case .renameFolder:
      try manager.moveItem(atPath: folder.url.path + "/data", toPath: folder.url.path + "/renamed")
    case .replaceByOtherLedger:
      let other = try await makeOther("other.db", calls: 7)
      try move(to: "moved.db")
      try manager.moveItem(atPath: other, toPath: path)
    case .replaceByBackup:
      let backup = folder.path("backup.db")
      #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, ".backup '\(backup)'"]).code == 0)
      try move(to: "moved.db")
      try manager.moveItem(atPath: backup, toPath: path)
    case .removeLog: remove(["-wal"])
    case .removeIndex: remove(["-shm"])
    case .removeIndexAndRead:
      remove(["-shm"])
      #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, "SELECT count(*) FROM error"]).code == 0)
    case .removeLock: remove(["-lock"])
    case .replaceLock:
      remove(["-lock"])
      #expect(manager.createFile(atPath: path + "-lock", contents: nil))
    case .cutLog: #expect(truncate(path + "-wal", 0) == 0)
    case .zeroLog:
      let log = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "-wal"))
      try log.write(contentsOf: Data(count: 100_000))
      try log.close()
    case .touch: #expect(try await ChildProcess.run("/usr/bin/touch", [path]).code == 0)
    case .moveOtherOver:
      let other = try await makeOther("other.db", calls: 7)
      #expect(rename(other, path) == 0)
    case .cutLedger: #expect(truncate(path, 8_192) == 0)
    case .linkLedger: try manager.linkItem(atPath: path, toPath: folder.path("second.db"))
    }
  }

  @Test(arguments: Mishap.allCases)
  func `acknowledged rows are in the file under the path after any change of the files`(mishap: Mishap)
    async throws
  {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("data"), withIntermediateDirectories: true)
    let path = folder.path("data/healing.db")
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    record(ledger, Self.before)
    try await ledger.flush()
    try await happen(mishap, path, in: folder)
    var acknowledged = 0
    for _ in 0..<20 {
      record(ledger, 1)
      do throws(LedgerError) {
        try await ledger.flush()
        acknowledged += 1
      } catch {
        #expect(error.code == .moved || error.code == .unavailable || error.code == .corrupt, "\(error)")
      }
    }
    if mishap.leavesNothing {
      #expect(acknowledged == 0)
      #expect(ledger.status.problem != nil)
      #expect((1...2).contains(notices.troubles), "\(notices.all)")
      await #expect(throws: LedgerError.self) { try await ledger.close() }
    } else {
      // The writer continues, and no queued entry is lost.
      await ledger.waitUntil { $0.status.problem == nil }
      do { try await ledger.close() } catch { Issue.record("\(error) after \(notices.all)") }
      let expected = mishap.leavesTheLedger ? Self.before + 20 : mishap == .moveOtherOver ? 7 + 20 : 20
      #expect(try await stored(path) >= expected, "\(notices.all)")
      let report = try await LedgerCheck(path: path).run()
      #expect(report.problem == nil, "\(report.lines)")
    }
    #expect(acknowledged <= (try await stored(path)))
  }

  @Test func `the writer does not write to a backup copied over an open ledger`() async throws {
    let folder = try TemporaryFolder()
    let (path, backup) = (folder.path(), folder.path("backup.db"))
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    record(ledger, Self.before)
    try await ledger.flush()
    #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, ".backup '\(backup)'"]).code == 0)
    for index in 0..<500 {
      record(ledger, 1, component: ComponentName("later-\(index)"))
      try await ledger.flush()
    }
    try await emptyLog(path)
    record(ledger, 1)
    try await ledger.flush()
    #expect(try await ChildProcess.run("/bin/cp", [backup, path]).code == 0)
    for _ in 0..<20 {
      record(ledger, 1)
      let error = await #expect(throws: LedgerError.self) { try await ledger.flush() }
      #expect(error?.code == .moved || error?.code == .corrupt, "\(String(describing: error))")
    }
    await #expect(throws: LedgerError.self) { try await ledger.close() }
    // Nor by a later run, nor by another program, as long as both files are there.
    for _ in 0..<2 {
      let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
      #expect(error?.code == .corrupt && error?.problem.contains("overwrote") == true)
    }
    #expect(try await LedgerCheck(path: path).run().problem?.problem.contains("overwrote") == true)
    // Nothing was copied over the backup: without the log that is not its own it is what it was.
    for end in ["-wal", "-shm", "-lock"] { try FileManager.default.removeItem(atPath: path + end) }
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: backup)))
    try await SQLiteLedger(path: path).close()
    #expect(try await stored(path) == Self.before)
  }

  @Test func `the writer uses the path again when another file replaces an overwritten ledger`() async throws
  {
    for keepsLock in [false, true] {
      let folder = try TemporaryFolder()
      let (path, backup) = (folder.path(), folder.path("backup.db"))
      let ledger = try SQLiteLedger(path: path)
      record(ledger, Self.before)
      try await ledger.flush()
      #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, ".backup '\(backup)'"]).code == 0)
      for index in 0..<100 { record(ledger, 1, component: ComponentName("later-\(index)")) }
      try await ledger.flush()
      try await emptyLog(path)
      record(ledger, 1)
      try await ledger.flush()
      #expect(try await ChildProcess.run("/bin/cp", [backup, path]).code == 0)
      await ledger.waitUntil { $0.status.problem?.code == .corrupt }
      await #expect(throws: LedgerError.self) { try await ledger.close() }
      #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
      // As the remedy says; where the lock file stays, it says that batches are missing, once.
      for end in ["-wal", "-shm"] + (keepsLock ? [] : ["-lock"]) {
        try FileManager.default.removeItem(atPath: path + end)
      }
      if keepsLock {
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
        #expect(error?.problem.contains("overwrote") == false, "\(String(describing: error))")
        try await SQLiteLedger(acceptingLossAt: path, identity: ProcessIdentity()) { _ in }.close()
      }
      let again = try SQLiteLedger(path: path)
      record(again, 1)
      try await again.flush()
      try await again.close()
      try await SQLiteLedger(path: path).close()
      #expect(try await stored(path) == Self.before + 1)
      #expect(try await LedgerCheck(path: path).run().problem == nil)
    }
  }

  @Test func `a log truncated during writes damages no ledger`() async throws {
    for round in 0..<12 {
      let folder = try TemporaryFolder()
      let path = folder.path()
      let ledger = try SQLiteLedger(path: path)
      record(ledger, Self.before)
      try await ledger.flush()
      let cuts = Task.detached {
        for _ in 0..<3 {
          for _ in 0..<(round * 10) { await Task.yield() }
          _ = truncate(path + "-wal", off_t(round % 3 * 5_000))
        }
      }
      for _ in 0..<40 {
        record(ledger, 1)
        try? await ledger.flush()
      }
      await cuts.value
      await ledger.waitUntil { $0.status.problem == nil }
      record(ledger, 1)
      try await ledger.flush()
      let written = try await stored(path)
      try await ledger.close()
      let report = try await LedgerCheck(path: path).run()
      #expect(report.problem == nil, "round \(round): \(report.lines)")
      #expect(try await stored(path) == written)
    }
  }

  @Test func `opening rejects the log of another ledger and creates no ledger next to one`() async throws {
    let folder = try TemporaryFolder()
    let (path, other) = (folder.path(), folder.path("other.db"))
    func killedWriter() async throws {
      let writer = try ChildProcess("CrashWriter", [path, "7"])
      await writer.killAfterFirstLine(microseconds: 60_000)
      await writer.expectEnd(-SIGKILL)
    }
    try await killedWriter()
    #expect(FileIdentity(path: path + "-wal").map { $0.size > 0 } == true)
    let durable = try await stored(path)
    try await SQLiteLedger(path: other).close()
    // Only the file itself was moved away.
    #expect(rename(path, folder.path("aside.db")) == 0)
    let missing = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
    #expect(
      missing?.code == .corrupt && missing?.problem.contains("log") == true, "\(String(describing: missing))")
    // Another is in its place.
    #expect(rename(other, path) == 0)
    let foreign = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
    #expect(foreign?.problem.contains("another file") == true, "\(String(describing: foreign))")
    // Put back, it has everything.
    #expect(rename(folder.path("aside.db"), path) == 0)
    try await SQLiteLedger(path: path).close()
    #expect(try await stored(path) == durable && durable > 0)
    #expect(
      try await ChildProcess.run("/usr/bin/sqlite3", [path, "PRAGMA integrity_check"]).output.hasPrefix("ok"))
    // A copy of all files elsewhere is whole.
    try await killedWriter()
    for end in ["", "-wal", "-lock"] {
      try FileManager.default.copyItem(atPath: path + end, toPath: folder.path("copy.db") + end)
    }
    try await SQLiteLedger(path: folder.path("copy.db")).close()
  }

  @Test(arguments: [Mishap.moveAll, .renameFolder, .removeLedger])
  func `the writer writes queued rows once when the file is back`(mishap: Mishap) async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("data"), withIntermediateDirectories: true)
    let path = folder.path("data/healing.db")
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    record(ledger, Self.before)
    try await ledger.flush()
    let aside = folder.path("aside.db")
    if mishap == .removeLedger { #expect(link(path, aside) == 0) }
    try await happen(mishap, path, in: folder)
    record(ledger, 50)
    await #expect(throws: LedgerError.self) { try await ledger.flush() }
    // Opening again creates nothing.
    #expect(!FileManager.default.fileExists(atPath: path))
    switch mishap {
    case .renameFolder:
      try FileManager.default.moveItem(
        atPath: folder.url.path + "/renamed", toPath: folder.url.path + "/data")
    case .removeLedger: #expect(rename(aside, path) == 0)
    default:
      for file in files(folder.path("moved.db")) where FileManager.default.fileExists(atPath: file) {
        try FileManager.default.moveItem(
          atPath: file, toPath: path + file.dropFirst(folder.path("moved.db").count))
      }
    }
    await ledger.waitUntil { $0.status.problem == nil }
    record(ledger, 1)
    try await ledger.flush()
    #expect(try await stored(path) == Self.before + 51)
    #expect(notices.all.contains { if case .troubleEnded = $0 { true } else { false } })
    #expect(!notices.all.contains { if case .batchesLost = $0 { true } else { false } }, "\(notices.all)")
    #expect(
      try await ledger.samples.rates(.all, component: "a").first?.totalRequests == Int64(Self.before + 51))
    try await ledger.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `readers follow the file under the path`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    record(ledger, 3)
    try await ledger.flush()
    let reader = try SQLiteLedgerReader(path: path)
    #expect(try await reader.samples.rates(.all, component: "a").first?.totalRequests == 3)
    let other = folder.path("other.db")
    let second = try SQLiteLedger(path: other)
    record(second, 7)
    try await second.close()
    for file in files(path) { #expect(rename(file, file + ".old") == 0) }
    let error = await #expect(throws: LedgerError.self) {
      try await reader.samples.rates(.all, component: "a")
    }
    #expect(error?.code == .moved)
    for file in files(other) where FileManager.default.fileExists(atPath: file) {
      #expect(rename(file, path + file.dropFirst(other.count)) == 0)
    }
    #expect(try await reader.samples.rates(.all, component: "a").first?.totalRequests == 7)
    // Counted as lost: the rows of the file that was moved away.
    await ledger.waitUntil { $0.status.problem == nil }
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == 7)
    try await ledger.close()
  }

  @Test func `the writer copies or keeps a removed log with rows and continues`() async throws {
    for isWrittenByOthers in [false, true] {
      let folder = try TemporaryFolder()
      let path = folder.path()
      let notices = Notices()
      let ledger = try SQLiteLedger(path: path) { notices.add($0) }
      record(ledger, Self.before)
      try await ledger.flush()
      try FileManager.default.removeItem(atPath: path + "-wal")
      if isWrittenByOthers {
        // Another program creates a separate log.
        try FileManager.default.removeItem(atPath: path + "-shm")
        let sql = "PRAGMA user_version = 5"
        #expect(try await ChildProcess.run("/usr/bin/sqlite3", [path, sql]).code == 0)
      }
      record(ledger, 5)
      await ledger.waitUntil { $0.status.problem == nil }
      try await ledger.close()
      if isWrittenByOthers {
        let kept = notices.all.compactMap { if case .logKept(let path) = $0 { path } else { nil } }
        #expect(kept.count == 1, "\(notices.all)")
        #expect(FileManager.default.fileExists(atPath: kept.first ?? ""))
        #expect(notices.all.contains { if case .batchesLost = $0 { true } else { false } }, "\(notices.all)")
        let lost = try Connection(path: path, mode: .readOnly).integer(
          "SELECT sum(events) FROM gap WHERE kind = 'batches_lost'")
        #expect(lost ?? 0 > 0)
      } else {
        #expect(try await stored(path) == Self.before + 5)
      }
      #expect(try await LedgerCheck(path: path).run().problem == nil)
    }
  }

  /// As an earlier release does when it ends, and programs that copy ledgers elsewhere.
  @Test func `a checkpoint by another program causes no problem`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    for round in 1...3 {
      record(ledger, 10)
      try await ledger.flush()
      try await emptyLog(path)
      #expect(FileIdentity(path: path + "-wal")?.size == 0)
      // With nothing to write, and with something.
      try await ledger.flush()
      if round == 2 { continue }
      record(ledger, 1)
      try await ledger.flush()
    }
    try await emptyLog(path)
    try await ledger.close()
    #expect(notices.all.isEmpty, "\(notices.all)")
    #expect(try await stored(path) == 32)
  }

  @Test(arguments: [Mishap.removeIndex, .removeLock])
  func `a regular checkpoint causes no report when the ledger is reopened`(mishap: Mishap)
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    // The shell's open connection keeps the log from being deleted.
    let shell = try ChildProcess("/usr/bin/sqlite3", [path], takesInput: true)
    func tell(_ line: String, until answer: String) async throws {
      let before = shell.lines.count
      try shell.input?.write(contentsOf: Data("\(line)\n".utf8))
      while !shell.lines.dropFirst(before).contains(where: { $0.hasPrefix(answer) }) { await pause() }
    }
    for round in 1...3 {
      // The ledger grows and the log keeps its length, as when a backup is copied over the ledger.
      for number in 0..<2_000 {
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: Timestamp(Date()), component: "a", operation: "\(round) \(number)",
              action: .retry, outcome: .failed, attempts: 1, duration: .zero)))
      }
      try await ledger.flush()
      try await tell("PRAGMA wal_checkpoint(PASSIVE);", until: "0|")
      try await happen(mishap, path, in: folder)
      record(ledger, 1)
      var isWritten = false
      while !isWritten {
        do throws(LedgerError) {
          try await ledger.flush()
          isWritten = true
        } catch {
          // Files that were out of place, and no accusation.
          try #require(error.code == .moved, "\(error)")
        }
      }
    }
    shell.signal(SIGKILL)
    await shell.wait()
    try await ledger.close()
    for notice in notices.all {
      if case .troubleBegan(let error) = notice { #expect(error.code == .moved, "\(error)") }
    }
    let report = try await LedgerCheck(path: path).run()
    #expect(report.problem == nil, "\(report.lines)")
    #expect(
      try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM recovery") == 6_000)
  }

  @Test func `the writer does not write to a truncated log while another program has its index open`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let notices = Notices()
    let ledger = try SQLiteLedger(path: path) { notices.add($0) }
    record(ledger, Self.before)
    try await ledger.flush()
    let script = """
      import sqlite3, sys
      connection = sqlite3.connect(sys.argv[1])
      connection.execute("SELECT count(*) FROM error").fetchall()
      print("open", flush=True)
      sys.stdin.read()
      """
    let other = try ChildProcess("/usr/bin/python3", ["-c", script, path], takesInput: true)
    _ = try await other.waitForLine { $0 == "open" }
    #expect(truncate(path + "-wal", 0) == 0)
    for _ in 0..<20 {
      record(ledger, 1)
      let error = await #expect(throws: LedgerError.self) { try await ledger.flush() }
      #expect(error?.problem.contains("truncated") == true, "\(String(describing: error))")
    }
    #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
    other.signal(SIGKILL)
    _ = await other.wait()
    await ledger.waitUntil { $0.status.problem == nil }
    record(ledger, 1)
    try await ledger.flush()
    #expect(try await stored(path) == 21)
    #expect(notices.all.contains { if case .batchesLost = $0 { true } else { false } }, "\(notices.all)")
    try await ledger.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `a file has one log and one lock under every name`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    record(ledger, 1)
    try await ledger.flush()
    // A symbolic link leads to the same lock, so no process marks the live run as dead.
    let link = folder.path("link.db")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "healing.db")
    let second = try SQLiteLedger(path: link)
    #expect(try await second.processes.recent(limit: 5).map(\.end) == [nil, nil])
    #expect(!FileManager.default.fileExists(atPath: link + "-lock"))
    #expect(!FileManager.default.fileExists(atPath: link + "-wal"))
    try await second.close()
    // A hard link would be a second ledger with a separate log.
    let hard = folder.path("hard.db")
    #expect(Glibc.link(path, hard) == 0)
    for name in [path, hard] {
      let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: name) }
      #expect(error?.problem.contains("names") == true, "\(String(describing: error))")
      #expect(throws: LedgerError.self) { try SQLiteLedgerReader(path: name) }
    }
    unlink(hard)
    await ledger.waitUntil { $0.status.problem == nil }
    try await ledger.close()
    #expect(try await stored(path) == 1)
  }

  @Test func `a removed lock file marks no live run as dead`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    try FileManager.default.removeItem(atPath: path + "-lock")
    let next = try SQLiteLedger(path: path)
    #expect(try await next.processes.recent(limit: 5).first?.end == nil)
    // The first finds the new lock file by itself, before the second takes it for dead.
    let lock = try LedgerLock(file: LedgerFile(path: path))
    while !lock.marks.knows(process: ledger.processID) { await pause() }
    record(ledger, 1)
    try await ledger.flush()
    #expect(try await next.processes.recent(limit: 5).map(\.end) == [nil, nil])
    try await next.close()
    try await ledger.close()
    #expect(
      try await SQLiteLedgerReader(path: path).processes.recent(limit: 5).map(\.end) == [.clean, .clean])
  }

  @Test func `names with a meaning to SQLite are plain paths`() async throws {
    let folder = try TemporaryFolder()
    for name in [":memory:", "file:healing.db?mode=memory", "a b%20c#d?.db", "-healing.db"] {
      let path = folder.path(name)
      let ledger = try SQLiteLedger(path: path)
      record(ledger, 2)
      try await ledger.close()
      #expect(FileManager.default.fileExists(atPath: path), "\(name)")
      #expect(
        try await SQLiteLedgerReader(path: path).samples.rates(.all, component: "a").first?.totalRequests == 2
      )
    }
    #expect(throws: LedgerError.self) { try SQLiteLedger(path: "") }
    let nowhere = folder.path("nowhere.db")
    try FileManager.default.createSymbolicLink(atPath: nowhere, withDestinationPath: "missing.db")
    #expect(throws: LedgerError.self) { try SQLiteLedger(path: nowhere) }
  }
}
