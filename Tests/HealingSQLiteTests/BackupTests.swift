import Foundation
import Glibc
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// Backups of a ledger that programs write, by the real program where processes matter.
@Suite(.serialized) struct BackupTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// A ledger with a row of every call.
  private func fill(_ path: String, calls: Int = 2_000) async throws {
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(sampleDetail: .everyCall))
    for _ in 0..<calls {
      ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
    }
    try await ledger.close()
  }

  /// Rows of every history table.
  private func rows(_ path: String) throws -> [[Int64]] {
    let connection = try Connection(path: path, mode: .readOnly)
    return try ["error", "health_sample", "recovery"].map {
      try connection.rows("SELECT id FROM \($0) ORDER BY id") { $0.integer("id") }
    }
  }

  // MARK: Under a writer

  @Test func `a backup under a writer ends and has a prefix of the ledger's rows`() async throws {
    let path = folder.path()
    let writer = try ChildProcess("CrashWriter", [path, "3"])
    _ = try await writer.waitForLine { _ in true }
    var copies: [String] = []
    for round in 0..<3 {
      let copy = folder.path("copy-\(round).db")
      let acknowledged = try #require(writer.lines.last).split(separator: " ").compactMap { Int64($0) }
      let result = try await ChildProcess.run(
        "healing", ["backup", copy, "--ledger", path, "--max-rate", "100000"])
      #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
      #expect(!exists(copy + "-partial"))
      // What was acknowledged before is in it.
      let calls = try Connection(path: copy, mode: .immutable).integer(
        "SELECT sum(successes) FROM health_sample")
      #expect(try #require(calls) >= acknowledged[1])
      copies.append(copy)
    }
    writer.signal(SIGKILL)
    await writer.expectEnd(-SIGKILL)
    let all = try rows(path)
    for copy in copies {
      // The copy's totals agree with its rows, and its rows are the first ones of the ledger: one process wrote all.
      #expect(try await LedgerCheck(path: copy).run().problem == nil)
      for (rows, all) in zip(try rows(copy), all) {
        #expect(!rows.isEmpty && rows.elementsEqual(all.prefix(rows.count)))
      }
    }
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `a backup opens as a ledger: its runs have ended, and no batch is lost`() async throws {
    let path = folder.path()
    let copy = folder.path("copy.db")
    let ledger = try SQLiteLedger(path: path)
    let execution = ledger.makeID()
    ledger.record(
      .recoveryStarted(
        RecoveryStart(
          executionID: execution, at: SystemTimeSource().wallClock(), component: "a", operation: "o",
          action: .retry, errorID: nil)))
    try await ledger.flush()
    _ = try await LedgerBackup(path: path).write(to: copy)
    ledger.record(.component("later"))
    try await ledger.flush()

    let opened = try SQLiteLedger(path: copy)
    // The run that is alive on the source is dead on the copy, where it left a recovery in progress.
    await opened.waitUntil {
      try await $0.processes.recent(limit: 9).first { $0.id == ledger.processID }?.end == .interrupted
    }
    let recoveries = try await opened.recoveries.recent(.all, component: nil, limit: 9)
    #expect(recoveries.map(\.executionID) == [execution] && recoveries.first?.outcome == .interrupted)
    #expect(try await opened.components.find("later") == nil)
    opened.record(.component("b"))
    try await opened.close()
    let check = try await LedgerCheck(path: copy).run()
    #expect(
      check.problem == nil && check.lines.contains("batches    every durable batch is in the file"),
      "\(check.lines)")
    try await ledger.close()
  }

  // MARK: The target

  @Test func `a backup overwrites no file and no rest of an earlier ledger`() async throws {
    let path = folder.path()
    try await fill(path)
    for suffix in ["", "-wal", "-journal", "-lock"] {
      let target = folder.path("target\(suffix.isEmpty ? "0" : suffix)")
      let obstacle = target + suffix
      try Data("kept".utf8).write(to: URL(fileURLWithPath: obstacle))
      let result = try await ChildProcess.run("healing", ["backup", target, "--ledger", path])
      #expect(
        result.code == 3 && result.errors.contains(suffix.isEmpty ? "the file exists" : "\(obstacle) exists"),
        "\(result)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: obstacle)) == Data("kept".utf8))
      #expect(!exists(target + "-partial") && (suffix.isEmpty || !exists(target)))
    }
    let same = try await ChildProcess.run("healing", ["backup", path, "--ledger", path])
    #expect(same.code == 3, "\(same)")
    let none = try await ChildProcess.run("healing", ["backup", folder.path("no/such"), "--ledger", path])
    #expect(none.code == 3 && none.errors.contains("No such file"), "\(none)")
    let missing = try await ChildProcess.run(
      "healing", ["backup", folder.path("c.db"), "--ledger", folder.path("x")])
    #expect(
      missing.code == 3 && !exists(folder.path("x")) && !exists(folder.path("c.db-partial")), "\(missing)")
  }

  @Test func `a file with the name of the partial file is kept, also when it is the ledger or the backup`()
    async throws
  {
    let path = folder.path()
    try await fill(path)
    let target = folder.path("target")
    let partial = target + "-partial"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: partial))
    let refused = try await ChildProcess.run("healing", ["backup", target, "--ledger", path])
    #expect(refused.code == 3 && refused.errors.contains("\(partial) exists"), "\(refused)")
    LedgerBackup.removePartial(of: target)
    #expect(try Data(contentsOf: URL(fileURLWithPath: partial)) == Data("mine".utf8) && !exists(target))

    let ledger = folder.path("own-partial")
    try await fill(ledger)
    let rowsBefore = try rows(ledger)
    let own = try await ChildProcess.run("healing", ["backup", folder.path("own"), "--ledger", ledger])
    #expect(own.code == 3 && own.errors.contains("would write \(ledger), which belongs to"), "\(own)")
    #expect(try rows(ledger) == rowsBefore)
    let restored = try await ChildProcess.run("healing", ["restore", ledger, "--ledger", folder.path("own")])
    #expect(restored.code == 3 && restored.errors.contains("would write"), "\(restored)")
    #expect(try rows(ledger) == rowsBefore && !exists(folder.path("own")))
  }

  @Test func `a marked file that is the source is not written, under no name`() async throws {
    // A command that was killed before it removed the mark leaves such a ledger.
    let ledger = folder.path("own-partial")
    try await fill(ledger, calls: 10)
    #expect(chmod(ledger, S_ISVTX | 0o600) == 0)
    let rowsBefore = try rows(ledger)
    // The source under its name, under another name, and the names of the files next to it.
    let aside = folder.path("aside.db-partial-wal")
    try FileManager.default.copyItem(atPath: ledger, toPath: aside)
    let leftover = folder.path("aside.db-partial")
    try Data().write(to: URL(fileURLWithPath: leftover))
    #expect(chmod(leftover, S_ISVTX | 0o600) == 0)
    for (source, target) in [
      (ledger, folder.path("own")), (ledger, ledger + "-journal"), (aside, folder.path("aside.db")),
      (ledger, folder.path("linked")),
    ] {
      if target == folder.path("linked") { #expect(link(ledger, target + "-partial") == 0) }
      for command in [
        ["backup", target, "--ledger", source], ["restore", source, "--ledger", target],
        ["salvage", source, target],
      ] {
        let result = try await ChildProcess.run("healing", command)
        // A ledger with two names is not backed up anyway.
        let isRefused = result.errors.contains("which belongs to") || target == folder.path("linked")
        #expect(result.code == 3 && isRefused, "\(command) \(result)")
        #expect(!exists(target))
      }
      #expect(try rows(source) == rowsBefore, "\(source)")
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")))
  func `backup, restore and salvage write to a file system that stores no modes`() async throws {
    let (code, library) = (folder.path("modes.c"), folder.path("modes.so"))
    // FAT stores no sticky bit.
    try Data(
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <stdarg.h>
      #include <sys/stat.h>
      #define OPEN(name) int name(const char *path, int flags, ...) { \
        va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list); \
        int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); return next(path, flags, mode & 0777); }
      OPEN(open)
      OPEN(open64)
      int fchmod(int file, mode_t mode) {
        int (*next)(int, mode_t) = dlsym(RTLD_NEXT, "fchmod"); return next(file, mode & 0777); }
      """.utf8
    ).write(to: URL(fileURLWithPath: code))
    let compiled = try await ChildProcess.run(
      "/usr/bin/cc", ["-shared", "-fPIC", "-o", library, code, "-ldl"])
    try #require(compiled.code == 0, "\(compiled)")
    let path = folder.path()
    try await fill(path, calls: 10)
    for (target, command) in [
      ("backup.db", ["backup", folder.path("backup.db"), "--ledger", path]),
      ("restored.db", ["restore", path, "--ledger", folder.path("restored.db")]),
      ("salvaged.db", ["salvage", path, folder.path("salvaged.db")]),
    ] {
      let result = try await ChildProcess.run("healing", command, environment: ["LD_PRELOAD": library])
      #expect(result.code == 0, "\(command) \(result)")
      #expect(try rows(folder.path(target)) == rows(path))
      #expect(!exists(folder.path(target) + "-partial"))
    }
  }

  @Test func `a file that appears while the backup runs is kept`() async throws {
    let path = folder.path()
    try await fill(path)
    let target = folder.path("target")
    let backup = LedgerBackup(path: path) { progress in
      if case .checking = progress { try? Data("kept".utf8).write(to: URL(fileURLWithPath: target)) }
    }
    let error = await #expect(throws: LedgerError.self) { try await backup.write(to: target) }
    #expect(error?.problem == "the file exists", "\(String(describing: error))")
    #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("kept".utf8))
    #expect(!exists(target + "-partial"))
  }

  @Test func `two backups to one target do not mix, and an interrupted one removes its file`() async throws {
    let path = folder.path()
    try await fill(path, calls: 150_000)
    let target = folder.path("target")
    // At 1 MiB a second the copy is still in progress when the second begins.
    let first = try ChildProcess("healing", ["backup", target, "--ledger", path, "--max-rate", "1"])
    while !exists(target + "-partial") { await pause() }
    let second = try await ChildProcess.run("healing", ["backup", target, "--ledger", path])
    #expect(second.code == 3 && second.errors.contains("another process is writing"), "\(second)")
    first.signal(SIGTERM)
    await first.expectEnd(1)
    #expect(!exists(target + "-partial") && !exists(target))
  }

  @Test func `a killed backup leaves at most its partial file, which the next one reuses`() async throws {
    let path = folder.path()
    try await fill(path, calls: 60_000)
    let target = folder.path("target")
    var generator = SplitMix64(seed: 5)
    let kills = ProcessInfo.processInfo.environment["HEALING_KILLS"].flatMap { Int($0) } ?? 8
    for _ in 0..<kills {
      let backup = try ChildProcess("healing", ["backup", target, "--ledger", path, "--max-rate", "20"])
      // The moment of death is what is tested; there is no condition to wait for.
      usleep(UInt32.random(in: 0..<400_000, using: &generator))
      backup.signal(SIGKILL)
      await backup.wait()
      // Either nothing or a whole backup is under the target's name.
      if exists(target) {
        #expect(try await LedgerCheck(path: target).run().problem == nil)
        #expect(try rows(target) == rows(path))
        for suffix in ["", "-wal", "-shm"] { unlink(target + suffix) }
      }
    }
    let last = try await ChildProcess.run("healing", ["backup", target, "--ledger", path])
    #expect(last.code == 0 && !exists(target + "-partial"), "\(last)")
    #expect(try rows(target) == rows(path))
  }

  // MARK: The copy

  @Test func `the copy pauses for its rate, unless the log is long`() async throws {
    let path = folder.path()
    try await fill(path, calls: 100_000)
    let size = Int64(try Data(contentsOf: URL(fileURLWithPath: path)).count)
    let time = VirtualTime()
    let bytes = try await LedgerBackup(path: path, bytesPerSecond: 1 << 20, time: time)
      .write(to: folder.path("slow.db"))
    #expect(bytes == size)
    let slept = time.slept.reduce(0) { $0 + Double($1.nanoseconds) / 1e9 }
    // The last step, of at most 1 MiB, has no pause after it.
    #expect(slept <= Double(size) / 1_048_576 && slept >= Double(size) / 1_048_576 - 1, "\(slept) \(size)")

    // A reader has kept the log from being truncated.
    #expect(truncate(path + "-wal", 65 << 20) == 0)
    let hurried = VirtualTime()
    _ = try await LedgerBackup(path: path, bytesPerSecond: 1 << 20, time: hurried).write(
      to: folder.path("fast.db"))
    #expect(hurried.slept.isEmpty)
  }

  @Test func `a damaged copy is removed and reported`() async throws {
    let path = folder.path()
    try await fill(path)
    try Connection(path: path, mode: .readWrite).execute("UPDATE sample_rollup SET successes = 1")
    let result = try await ChildProcess.run("healing", ["backup", folder.path("c.db"), "--ledger", path])
    #expect(result.code == 4 && result.errors.contains("sample_rollup differs"), "\(result)")
    #expect(!exists(folder.path("c.db")) && !exists(folder.path("c.db-partial")))
  }

  @Test(.enabled(if: SmallDisk.isAvailable)) func `a full disk ends the backup and keeps nothing`()
    async throws
  {
    let path = folder.path()
    try await fill(path, calls: 100_000)
    let disk = try SmallDisk("2m")
    let result = try await ChildProcess.run("healing", ["backup", disk.path, "--ledger", path])
    #expect(result.code == 3 && result.errors.contains("\(disk.path): the disk is full"), "\(result)")
    #expect(!exists(disk.path) && !exists(disk.path + "-partial"))
  }
}
