import Dispatch
import Foundation
import Healing
import HealingMigrations
@testable import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

@Suite struct OpeningTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func code(_ path: String) -> LedgerError.Code? {
    do {
      _ = try SQLiteLedger(path: path)
      return nil
    } catch {
      return error.code
    }
  }

  /// Clocks that hold up who reads the time of day until they are released.
  private final class HeldTime: TimeSource {
    private let base = VirtualTime()
    private let state = Lock((waiting: 0, isReleased: false))
    private let released = DispatchSemaphore(value: 0)

    var waiting: Int { state.withLock { $0.waiting } }
    func release() {
      state.withLock { $0.isReleased = true }
      released.signal()
    }

    func monotonicNanoseconds() -> Int64 { base.monotonicNanoseconds() }
    func sleep(for duration: Duration) async throws { try await base.sleep(for: duration) }
    func wallClock() -> Timestamp {
      let isHeld = state.withLock { state in
        if !state.isReleased { state.waiting += 1 }
        return !state.isReleased
      }
      if isHeld {
        // A test that would wait for ever fails instead.
        _ = released.wait(timeout: .now() + 150)
        released.signal()
      }
      return base.wallClock()
    }
  }

  @Test func `opening takes no thread from the tasks`() async throws {
    let time = HeldTime()
    let count = ProcessInfo.processInfo.activeProcessorCount + 1
    let ledgers = try await withThrowingTaskGroup(of: SQLiteLedger.self) { group in
      for index in 0..<count {
        group.addTask { [folder] in try await SQLiteLedger.open(path: folder.path("\(index).db"), time: time)
        }
      }
      let limit = ContinuousClock.now + .seconds(120)
      while time.waiting < count && ContinuousClock.now < limit { await pause() }
      #expect(time.waiting == count)
      time.release()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for ledger in ledgers { try await ledger.close() }
    let missing = await #expect(throws: LedgerError.self) {
      try await SQLiteLedger.open(path: folder.path("missing/healing.db"))
    }
    #expect(missing?.code == .unavailable)
  }

  @Test func `a ledger that was closed by its user ends its run without an error`() async throws {
    let ledger = try await SQLiteLedger.open(path: folder.path())
    let run = Task { try await ledger.run() }
    try await ledger.close()
    run.cancel()
    try await run.value
  }

  @Test func `a cancelled run writes what waits and closes the ledger`() async throws {
    let ledger = try await SQLiteLedger.open(path: folder.path())
    let run = Task {
      for _ in 0..<100 {
        ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
      }
      try await ledger.run()
    }
    run.cancel()
    try await run.value
    let closed = await #expect(throws: LedgerError.self) { try await ledger.flush() }
    #expect(closed?.code == .closed)
    let next = try await SQLiteLedger.open(path: folder.path())
    #expect(try await next.samples.rates(.all, component: nil).first?.totalRequests == 100)
    #expect(try await next.processes.recent(limit: 2).map(\.end) == [.clean, nil])
    try await next.close()
  }

  @Test func `a ledger is created with permissions for its owner only`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    ledger.record(.component("a"))
    try await ledger.flush()
    for name in ["healing.db", "healing.db-wal", "healing.db-shm", "healing.db-lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    try await ledger.close()
  }

  @Test func `opening a file that is not a ledger changes no byte of it`() throws {
    let text = folder.path("text")
    try Data("this is not a database, it is a letter to my mother".utf8).write(to: URL(fileURLWithPath: text))
    let foreign = folder.path("foreign")
    try Connection(path: foreign, mode: .readWriteCreate).execute(
      "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    for (path, expected) in [(text, LedgerError.Code.corrupt), (foreign, .notALedger)] {
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(code(path) == expected)
      #expect(throws: LedgerError.self) { try SQLiteLedgerReader(path: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      #expect(!FileManager.default.fileExists(atPath: path + "-lock"))
    }
  }

  @Test func `opening reports a truncated ledger as damaged and does not change it`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    for _ in 0..<2_000 {
      ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    }
    try await ledger.close()
    let url = URL(fileURLWithPath: path)
    let whole = try Data(contentsOf: url)
    let half = whole.prefix(whole.count / 2 / 8192 * 8192)
    try half.write(to: url)
    #expect(code(path) == .corrupt)
    #expect(try Data(contentsOf: url) == half)
  }

  @Test func `opening rejects folders, missing folders and devices with the reason`() throws {
    #expect(code(folder.url.path) == .unavailable)
    #expect(code(folder.path("missing/healing.db")) == .unavailable)
    #expect(code("/dev/null") == .unavailable)
    #expect(code("/proc/healing.db") == .unavailable)
    #expect(!FileManager.default.fileExists(atPath: folder.path("missing")))
  }

  @Test func `a newer schema, an edited and a missing migration have different errors`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    func problem(after change: String) throws -> String {
      let copy = folder.path("copy-\(UUID().uuidString)")
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      try Connection(path: copy, mode: .readWrite).execute(change)
      let before = try Data(contentsOf: URL(fileURLWithPath: copy))
      defer { #expect((try? Data(contentsOf: URL(fileURLWithPath: copy))) == before) }
      do {
        _ = try SQLiteLedger(path: copy)
        return "opened"
      } catch {
        #expect(error.code == .schemaUnknown)
        return error.problem
      }
    }
    let later = "INSERT INTO migration SELECT max(version) + 1, 'later', 'x', 0 FROM migration"
    #expect(try problem(after: later).contains("newer"))
    #expect(try problem(after: "UPDATE migration SET checksum = 'x'").contains("different text"))
    #expect(try problem(after: "DELETE FROM migration WHERE version = 1").contains("missing"))
  }

  @Test func `a reader reads a ledger of an earlier schema without migrating it`() async throws {
    let path = folder.path()
    let connection = try Connection(path: path, mode: .readWriteCreate)
    let earlier = Array(Migration.all.prefix(2))
    try Migrator(migrations: earlier).migrate(connection, ledger: path, now: Timestamp(microseconds: 0))
    try connection.execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      INSERT INTO breaker VALUES (1, 1, 1, 5, 0, 1, 0, 0, 9, 9, NULL, 0, NULL, NULL, NULL, NULL, 0, 1);
      """)
    let breakers = try await SQLiteLedgerReader(path: path).breakers.all()
    #expect(breakers.map(\.failureCount) == [5])
    #expect(try connection.integer("SELECT count(*) FROM migration") == 2)
    // Opening it for writing migrates it and loses no row.
    let ledger = try SQLiteLedger(path: path)
    #expect(try await ledger.breakers.all() == breakers)
    try await ledger.close()
    #expect(try connection.integer("SELECT max(version) FROM migration_step") == Int64(Migration.all.count))
  }

  @Test func `a failed migration changes nothing`() throws {
    let connection = try Connection(path: folder.path(), mode: .readWriteCreate)
    let last = Migration.all.count
    let sql = "CREATE TABLE x (a); SELECT nonsense"
    let broken = Migration.all + [Migration(version: last + 1, name: "broken", sql: sql)]
    #expect(throws: SQLiteError.self) {
      try Migrator(migrations: broken).migrate(connection, ledger: "x", now: Timestamp(microseconds: 0))
    }
    #expect(try connection.integer("SELECT max(version) FROM migration_step") == Int64(last))
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'x'") == 0)
  }

  @Test func `a writer makes a ledger of an empty file; a reader rejects it`() async throws {
    let path = folder.path()
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(throws: LedgerError.self) { try SQLiteLedgerReader(path: path) }
    try await SQLiteLedger(path: path).close()
    _ = try SQLiteLedgerReader(path: path)
  }

  @Test func `one process writes at a time, and locks show the live processes`() throws {
    let file = LedgerFile(path: folder.path())
    let lock = try LedgerLock(file: file)
    let other = try LedgerLock(file: file)
    try lock.withWriteLock { () throws(LedgerError) -> Void in
      #expect(throws: LedgerError.self) {
        try other.withWriteLock(timeout: .milliseconds(20)) { () throws(LedgerError) -> Void in }
      }
    }
    try other.withWriteLock(timeout: .milliseconds(20)) { () throws(LedgerError) -> Void in }
    lock.markAlive(process: 7)
    #expect(other.isAlive(process: 7))
    // Run 8 may not have found a lock file that was just made; run 9 has, and its lock is free.
    #expect(other.isAlive(process: 8))
    lock.marks.note(process: 9, batch: 1, at: Timestamp(microseconds: 0))
    #expect(!other.isAlive(process: 9))
  }
}
