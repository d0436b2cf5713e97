import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Events that must neither stop a ledger nor let it grow without bound.
@Suite struct RobustnessTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `the writer checkpoints the log while idle, and the log does not grow with the load`()
    async throws
  {
    let ledger = try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(sampleDetail: .everyCall))
    let log = folder.path() + "-wal"
    func size() throws -> Int {
      try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
    }
    // As many rows again and again; a log that is never copied would grow by as much each time.
    var sizes: [Int] = []
    for _ in 0..<12 {
      for _ in 0..<30_000 {
        ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
      }
      try await ledger.flush()
      sizes.append(try size())
      // A quiet moment is a few rounds of the writer without work, which empty flushes are.
      for _ in 0..<4 { try await ledger.flush() }
    }
    let (first, last) = (try #require(sizes.prefix(3).max()), try #require(sizes.last))
    #expect(last < 4 * first, "\(sizes)")
    try await ledger.close()
  }

  @Test func `a ledger can be closed twice`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.close()
    await #expect(throws: LedgerError.self) { try await ledger.close() }
  }

  @Test func `the writer stores extreme values without failing`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    for _ in 0..<3 {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: Timestamp(microseconds: -1), component: "a", operation: "o",
            action: .retry,
            outcome: .failed, attempts: 1, duration: .seconds(Int64.max))))
      ledger.record(
        .sample(
          HealthSample(
            component: "a", at: Timestamp(microseconds: -70_000_000), outcome: .failure,
            duration: .seconds(Int64.max))))
      ledger.record(
        .check(
          HealthCheckRecord(
            id: ledger.makeID(), at: Timestamp(microseconds: 0), component: "a", status: .healthy,
            errorRate: .nan,
            totalRequests: 0, failedRequests: 0, responseTime: .zero, message: "")))
      try await ledger.flush()
    }
    #expect(try await ledger.recoveries.statistics(.all, component: nil).overall.totalRecoveries == 3)
    #expect(try await ledger.samples.rates(.all, component: nil).first?.failedRequests == 3)
    try await ledger.close()
  }

  /// A rejected entry is not durable, and a flush reports it; the rest is written.
  private func expectRefusal(_ ledger: SQLiteLedger) async throws {
    let error = await #expect(throws: LedgerError.self) { try await ledger.flush() }
    #expect(error?.code == .refused)
    try await ledger.flush()
  }

  @Test func `the writer skips only the entry that SQLite rejects and records a gap`() async throws {
    // Retention would delete errors of 1970 after a minute.
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    func error(_ operation: String, occurrences: Int = 1) -> ErrorContext {
      var error = ErrorContext(
        id: ledger.makeID(), at: Timestamp(microseconds: 0), component: "a", operation: operation,
        classification: ErrorClassification(category: .network, rule: "test"), type: "T", message: "m")
      error.occurrences = occurrences
      return error
    }
    try await ledger.flush()
    // A trigger that an operator added to the file.
    let other = try Connection(path: folder.path(), mode: .readWrite)
    try other.execute(
      """
      CREATE TRIGGER no_secrets BEFORE INSERT ON error WHEN new.operation = 'refused'
      BEGIN SELECT raise(ABORT, 'not in this ledger'); END
      """)
    for round in 0..<3 {
      ledger.record(.error(error("kept")))
      ledger.record(.error(error("refused", occurrences: 7)))
      ledger.record(.error(error("kept, too \(round)")))
      ledger.record(CallSample(component: "a", outcome: .failure, durationNanoseconds: 1_000, endedAt: 0))
      try await expectRefusal(ledger)
    }
    #expect(try await ledger.samples.rates(.all, component: "a").first?.failedRequests == 3)
    try await ledger.close()
    #expect(try other.integer("SELECT count(*) FROM error") == 6)
    #expect(try other.integer("SELECT sum(events) FROM gap WHERE kind = 'entries_refused'") == 21)
    #expect(try other.integer("SELECT count(*) FROM gap") == 3)
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `a rejected recovery, call or merged entry blocks neither the writer nor the next start`()
    async throws
  {
    let path = folder.path()
    let ledger = try SQLiteLedger(
      path: path, options: SQLiteLedgerOptions(sampleDetail: .everyCall, retention: nil))
    func recovery(_ execution: LedgerID?) -> LedgerEntry {
      .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: Timestamp(microseconds: 0), component: "a", operation: "o",
          executionID: execution, action: .retry, outcome: .succeeded, attempts: 2, duration: .zero))
    }
    try await ledger.flush()
    let other = try Connection(path: path, mode: .readWrite)
    try other.execute(
      """
      CREATE TRIGGER no_recovery BEFORE INSERT ON recovery BEGIN SELECT raise(ABORT, 'no'); END;
      CREATE TRIGGER no_sample BEFORE INSERT ON health_sample WHEN new.failures > 0
      BEGIN SELECT raise(ABORT, 'no'); END;
      """)
    let execution = ledger.makeID()
    func start(_ execution: LedgerID) -> LedgerEntry {
      .recoveryStarted(
        RecoveryStart(
          executionID: execution, at: Timestamp(microseconds: 0), component: "a", operation: "o",
          action: .retry, errorID: nil))
    }
    ledger.record(start(execution))
    ledger.record(recovery(execution))
    for outcome in [CallOutcome.success, .failure, .success] {
      ledger.record(CallSample(component: "a", outcome: outcome, durationNanoseconds: 1_000, endedAt: 0))
    }
    try await expectRefusal(ledger)
    let rates = try #require(try await ledger.samples.rates(.all, component: "a").first)
    #expect(rates.totalRequests == 2 && rates.failedRequests == 0)
    #expect(try other.integer("SELECT sum(events) FROM gap WHERE kind = 'entries_refused'") == 2)
    // The run has ended, whether or not its end could be recorded.
    #expect(try other.integer("SELECT count(*) FROM recovery_in_progress") == 0)
    // Unfinished recoveries of a killed process must not prevent the next start.
    ledger.record(start(ledger.makeID()))
    try await ledger.close()
    let next = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil))
    #expect(try other.integer("SELECT count(*) FROM recovery_in_progress") == 0)
    try await next.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `a component that SQLite rejects loses only its own entries`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.flush()
    let other = try Connection(path: folder.path(), mode: .readWrite)
    try other.execute(
      """
      CREATE TRIGGER known_only BEFORE INSERT ON component WHEN new.name <> 'known'
      BEGIN SELECT raise(ABORT, 'no'); END
      """)
    for name in ["stranger", "known", "stranger"] as [ComponentName] {
      ledger.record(CallSample(component: name, outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
    }
    try await expectRefusal(ledger)
    #expect(try await ledger.samples.rates(.all, component: nil).map(\.component) == ["known"])
    #expect(try other.integer("SELECT sum(events) FROM v_gaps WHERE kind = 'entries_refused'") == 2)
    try await ledger.close()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `a run with unwritten entries does not end cleanly`() async throws {
    let path = folder.path()
    func endWithoutWriting() async throws {
      let ledger = try SQLiteLedger(path: path)
      try await ledger.flush()
      // Every batch with calls needs this table, so what is refused here is no single entry.
      try Connection(path: path, mode: .readWrite).execute(
        "CREATE TRIGGER stop BEFORE INSERT ON sample_rollup BEGIN SELECT raise(ABORT, 'no'); END")
      ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
      // As a program has one that is just being started.
      copies = Self.copies(of: path + "-lock")
      try #require(!copies.isEmpty)
      await #expect(throws: LedgerError.self) { try await ledger.close() }
    }
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    try await endWithoutWriting()
    try Connection(path: path, mode: .readWrite).execute("DROP TRIGGER stop")
    let next = try SQLiteLedger(path: path)
    #expect(try await next.processes.recent(limit: 5).map(\.end) == [.interrupted, nil])
    try await next.close()
  }

  /// New descriptors of all that are open on a file.
  private static func copies(of path: String) -> [Int32] {
    (3..<Int32(20_000)).filter {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
    }.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
  }

  @Test func `the queue merges long errors before they fill the memory and keeps exact counts`() async throws
  {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    let count = 4_000
    // Retention, which runs once a minute, keeps errors of the present.
    let now = SystemTimeSource().wallClock()
    let letters = "abcdefghijklmnopqrstuvwxyz".map { String($0) }
    // A lock held by another process keeps the writer from storing rows.
    try lock.withWriteLock { () throws(LedgerError) in
      for number in 0..<count {
        let kind = [number / 676, number / 26 % 26, number % 26].map { letters[$0] }
        ledger.record(
          .error(
            ErrorContext(
              id: ledger.makeID(), at: now, component: "a", operation: "o",
              classification: ErrorClassification(category: .network, rule: "test"), type: "T",
              message: "fault of kind \(kind.joined()) " + String(repeating: "long words ", count: 700))))
      }
    }
    try await ledger.close()
    let connection = try Connection(path: folder.path(), mode: .readOnly)
    #expect(try connection.integer("SELECT sum(occurrences) FROM error") == Int64(count))
    // 4 MiB one by one, as much merged, and what the writer had taken before the lock was held.
    let stored = try #require(try connection.integer("SELECT sum(length(message)) FROM error"))
    #expect(stored < 17 << 20, "\(stored) bytes of messages were kept")
    #expect(try connection.integer("SELECT count(*) FROM gap WHERE kind = 'errors_merged'") ?? 0 > 0)
  }

  @Test func `the writer synchronises every commit and enforces foreign keys`() throws {
    let connection = try LedgerFile(path: folder.path()).openWriter(now: Timestamp(microseconds: 0))
    #expect(try connection.integer("PRAGMA synchronous") == 2)
    #expect(try connection.integer("PRAGMA foreign_keys") == 1)
    #expect(try connection.text("PRAGMA journal_mode") == "wal")
    #expect(try connection.integer("PRAGMA wal_autocheckpoint") == 0)
  }

  @Test func `health counts calls made after the clock was set back`() async throws {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let monitor = HealthMonitor(engine: try await RecoveryEngine(ledger: ledger, time: time))
    for _ in 0..<30 { monitor.recordSuccess("api", duration: .milliseconds(1)) }
    #expect(try await monitor.health(of: "api")?.status == .healthy)
    time.jumpWall(by: .seconds(-3_600))
    for _ in 0..<10 { monitor.recordFailure("api", duration: .milliseconds(1)) }
    #expect(try await monitor.health(of: "api")?.status == .critical)
    try await ledger.close()
  }

  @Test func `rows in progress and operators' notes contain no secret`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    let secret = "hunter2hunter2"
    ledger.record(
      .recoveryStarted(
        RecoveryStart(
          executionID: ledger.makeID(), at: Timestamp(microseconds: 0), component: "a",
          operation: "login password=\(secret)", action: .retry, errorID: nil)))
    let engine = try await RecoveryEngine(ledger: ledger)
    try engine.component("a").force(
      CircuitOverride(kind: .forcedOpen, actor: "ops token=\(secret)", reason: "password=\(secret)"))
    try await ledger.close()
    for file in [folder.path(), folder.path() + "-wal"] {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file)")
    }
  }
}
