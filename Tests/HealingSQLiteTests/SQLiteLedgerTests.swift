import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@Suite struct SQLiteLedgerTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: LedgerConformance.all.indices)
  func `conforms to the ledger's contract`(index: Int) async throws {
    let (_, test) = LedgerConformance.all[index]
    let path = folder.path()
    try await test(
      LedgerConformance {
        try SQLiteLedger(path: path, options: SQLiteLedgerOptions(sampleDetail: .everyCall), time: $0)
      })
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test func `the next process reads flushed rows`() async throws {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    try await ledger.close()
    let next = try SQLiteLedger(path: folder.path(), time: time)
    #expect(try await next.samples.rates(.all, component: nil).first?.totalRequests == 1)
    let processes = try await next.processes.recent(limit: 5)
    #expect(processes.map(\.end) == [.clean, nil])
    #expect(processes.map(\.id) == [1, 2])
    try await next.close()
  }

  @Test func `flush after close throws an error that the ledger is closed`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.close()
    await #expect(throws: LedgerError.self) { try await ledger.flush() }
  }

  @Test func `several writers on one file lose nothing`() async throws {
    let ledgers = try (0..<3).map { _ in try SQLiteLedger(path: folder.path()) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for ledger in ledgers {
        group.addTask {
          for round in 0..<50 {
            for _ in 0..<20 {
              ledger.record(
                CallSample(component: "shared", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
            }
            if round.isMultiple(of: 5) { try await ledger.flush() }
          }
          try await ledger.flush()
        }
      }
      try await group.waitForAll()
    }
    #expect(try await ledgers[0].samples.rates(.all, component: nil).first?.totalRequests == 3_000)
    for ledger in ledgers { try await ledger.close() }
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `the queue merges a flood with exact counts and records the gap`() async throws {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    // A lock held by another process keeps the writer from storing rows.
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    // More than twice what the queue holds one by one: whenever the writer takes what there is, the rest is too much.
    let count = 150_000
    try lock.withWriteLock { () throws(LedgerError) in
      for index in 0..<count {
        let outcome: CallOutcome = index.isMultiple(of: 3) ? .failure : .success
        ledger.record(
          CallSample(component: "flooded", outcome: outcome, durationNanoseconds: 5_000, endedAt: 0))
        ledger.record(.error(context(ledger, time, "fault number \(index)")))
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: time.wallClock(), component: "flooded", operation: "op",
              action: .retry, outcome: .failed, attempts: 1, duration: .milliseconds(1))))
      }
    }
    try await ledger.flush()
    let rates = try #require(try await ledger.samples.rates(.all, component: nil).first)
    #expect(rates.totalRequests == Int64(count))
    #expect(rates.failedRequests == Int64(count / 3))
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    #expect(statistics.overall.totalRecoveries == Int64(count))
    try await ledger.close()
    let connection = try Connection(path: folder.path(), mode: .readOnly)
    #expect(try connection.integer("SELECT sum(occurrences) FROM error") == Int64(count))
    let gaps = try connection.rows("SELECT kind FROM gap GROUP BY kind ORDER BY kind") { $0.text(0) }
    #expect(gaps == ["errors_merged", "recoveries_merged", "samples_merged"])
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `a reset of metrics separates the calls before it from those after it in every order of writes`()
    async throws
  {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    func call(_ outcome: CallOutcome) {
      let now = time.monotonicNanoseconds()
      ledger.record(CallSample(component: "api", outcome: outcome, durationNanoseconds: 1_000, endedAt: now))
    }
    for round in 0..<300 {
      call(.failure)
      time.advance(by: .milliseconds(10))
      ledger.record(.metricsReset("api", at: time.wallClock()))
      time.advance(by: .milliseconds(10))
      call(.success)
      try await ledger.flush()
      let rates = try await ledger.samples.rates(.all, component: "api").first
      try #require(rates?.totalRequests == 1 && rates?.failedRequests == 0, "round \(round)")
    }
    try await ledger.close()
  }

  private func context(_ ledger: SQLiteLedger, _ time: VirtualTime, _ message: String) -> ErrorContext {
    ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "flooded", operation: "op",
      classification: ErrorClassification(category: .network, rule: "test"), type: "T", message: message)
  }
}
