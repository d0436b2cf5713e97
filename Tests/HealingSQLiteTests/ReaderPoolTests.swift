import Foundation
import Healing
import HealingTestSupport
import Synchronization
import Testing

@testable import HealingSQLite

/// Several reads at once, each with a deadline.
@Suite struct ReaderPoolTests {
  let folder: TemporaryFolder
  let file: LedgerFile

  init() async throws {
    folder = try TemporaryFolder()
    file = LedgerFile(path: folder.path())
    try await SQLiteLedger(path: folder.path()).close()
  }

  /// A statement that does not end. Its begin is counted.
  private func endless(_ begun: Count) -> @Sendable (Connection) throws(SQLiteError) -> Int64? {
    { connection throws(SQLiteError) in
      _ = try connection.integer("SELECT count(*) FROM component")
      begun.add()
      return try connection.integer(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    }
  }

  /// Counts reads that have begun.
  private final class Count: Sendable {
    private let value = Atomic<Int>(0)
    var now: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
    func reach(_ count: Int) async {
      while now < count { await pause() }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `reads of state are answered while endless reports hold all other readers`()
    async throws
  {
    let pool = ReaderPool(unopened: file, deadline: nil)
    let reader = SQLiteLedgerReader(readers: pool)
    let count = Count()
    let body = endless(count)
    let reports = (0..<8).map { _ in
      Task { () throws(LedgerError) in try await pool.read("a report", body) }
    }
    await count.reach(ReaderPool.size - 1)
    // What /readyz, /health and /metrics read.
    _ = try await reader.recoveries.statistics(.all, component: nil)
    _ = try await reader.samples.rates(.all, component: nil)
    _ = try await reader.samples.windows(component: nil)
    _ = try await reader.samples.windows(since: Timestamp(microseconds: 0), component: nil)
    _ = try await reader.samples.windows(component: "api")
    _ = try await reader.components.all()
    _ = try await reader.components.find("api")
    _ = try await reader.breakers.all()
    _ = try await reader.breakers.names()
    _ = try await reader.breakers.unusual()
    _ = try await reader.breakers.find("api")
    _ = try await reader.checks.latestStatuses()
    _ = try await reader.checks.latestAlerts()
    _ = try await reader.policies.latest()
    _ = try await reader.policies.changes(after: 0)
    #expect(count.now == ReaderPool.size - 1)
    for report in reports { report.cancel() }
    for report in reports {
      let result = await report.result
      #expect(throws: LedgerError.self) { try result.get() }
      if case .failure(let error) = result { #expect((error as? LedgerError)?.code == .cancelled) }
    }
    // Five of them were cancelled while they waited.
    #expect(count.now == ReaderPool.size - 1)
    #expect(try await pool.read { connection throws(SQLiteError) in try connection.integer("SELECT 7") } == 7)
  }

  @Test(.timeLimit(.minutes(2))) func `a read past its deadline is stopped, names itself, and frees the log`()
    async throws
  {
    let time = VirtualTime()
    let pool = ReaderPool(unopened: file, deadline: .seconds(5), time: time)
    let count = Count()
    let body = endless(count)
    let report = Task { () throws(LedgerError) in try await pool.read("the recoveries of a range", body) }
    await count.reach(1)
    let ledger = try SQLiteLedger(path: folder.path())
    ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
    try await ledger.flush()
    let writer = try Connection(path: folder.path(), mode: .readWrite, busyTimeoutMilliseconds: 0)
    _ = try writer.integer("PRAGMA schema_version")  // Opens the log.
    // The snapshot of the read keeps the log.
    #expect(try writer.checkpoint(.truncating) > 0 || FileIdentity(path: file.logPath)?.size != 0)
    time.advance(by: .milliseconds(5_001))
    let error = await #expect(throws: LedgerError.self) { try await report.value }
    #expect(error?.code == .deadlineExceeded)
    #expect(
      error?.problem == "reading the recoveries of a range was stopped at its deadline, after 5.0 seconds")
    #expect(error?.remedy == "ask for a narrower range or fewer rows")
    // The writer may be writing at this moment.
    while FileIdentity(path: file.logPath)?.size != 0 {
      try writer.checkpoint(.truncating)
      try await Task.sleep(for: .milliseconds(1))
    }
    try await ledger.close()
  }

  @Test(.timeLimit(.minutes(2))) func `reads of history run at the same time`() async throws {
    let pool = ReaderPool(unopened: file, deadline: nil)
    let count = Count()
    // Each ends only when all have begun.
    let reads = (1..<ReaderPool.size).map { _ in
      Task {
        try await pool.read { connection throws(SQLiteError) in
          count.add()
          while count.now < ReaderPool.size - 1 { usleep(100) }
          return connection.number
        }
      }
    }
    var numbers: Set<UInt64> = []
    for read in reads { numbers.insert(try await read.value) }
    #expect(numbers.count == ReaderPool.size - 1)
  }

  @Test func `one read after the other opens one connection`() async throws {
    let pool = ReaderPool(unopened: file, deadline: nil)
    var numbers: Set<UInt64> = []
    for _ in 0..<10 {
      numbers.insert(try await pool.read { connection throws(SQLiteError) in connection.number })
    }
    #expect(numbers.count == 1)
  }

  @Test func `a cached result is discarded after a commit, whichever connection read meanwhile`() async throws
  {
    let pool = ReaderPool(unopened: file, deadline: nil)
    let reader = SQLiteLedgerReader(readers: pool)
    let writer = try Connection(path: folder.path(), mode: .readWrite)
    for index in 1...20 {
      try writer.execute("INSERT INTO component VALUES (\(index), 'c\(index)', 0, 0, 0)")
      _ = try await reader.errors.recent(component: nil, limit: 1)
      #expect(try await reader.components.all().count == index)
      _ = try await reader.feed.lastPosition()
      #expect(try await reader.components.all().count == index)
    }
  }

  @Test func `closing the pool closes every connection, and the next read opens one again`() async throws {
    let pool = ReaderPool(unopened: file, deadline: nil)
    let reader = SQLiteLedgerReader(readers: pool)
    func open() throws -> Int {
      let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      return descriptors.count {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == file.location
      }
    }
    // The closed ledger's threads may still hold a connection.
    while try open() > 0 { await pause() }
    _ = try await reader.components.all()
    _ = try await reader.feed.lastPosition()
    #expect(try open() == 2)
    pool.close()
    #expect(try open() == 0)
    _ = try await reader.feed.lastPosition()
    #expect(try open() == 1)
  }

  @Test(.timeLimit(.minutes(2))) func `a cancelled task stops its read on a separate connection`()
    async throws
  {
    let reader = try ReaderConnection(file: file)
    let count = Count()
    let body = endless(count)
    let read = Task { () throws(LedgerError) in try await reader.read("a check", body) }
    await count.reach(1)
    read.cancel()
    let error = await #expect(throws: LedgerError.self) { try await read.value }
    #expect(error?.code == .cancelled)
    #expect(error?.problem == "reading a check was stopped: its task was cancelled")
  }
}
