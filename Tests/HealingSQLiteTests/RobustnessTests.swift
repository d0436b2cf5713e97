import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What must not stop a ledger, nor let it grow without end.
@Suite struct RobustnessTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `the write-ahead log is copied in quiet moments and does not grow with the load`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    let log = folder.path() + "-wal"
    func size() throws -> Int {
      try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
    }
    // As many rows again and again; a log that is never copied would grow by as much each time.
    var sizes: [Int] = []
    for _ in 0..<24 {
      for _ in 0..<30_000 {
        ledger.record(CallSample(component: "a", outcome: .success, duration: 1_000, endedAt: 0))
      }
      try await ledger.flush()
      sizes.append(try size())
      // A quiet moment is a few rounds of the writer without work, which empty flushes are.
      for _ in 0..<4 { try await ledger.flush() }
    }
    let grown = try #require(sizes.last)
    #expect(grown < 20_000_000, "\(sizes)")
    try await ledger.close()
  }

  @Test func `a ledger can be closed twice`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.close()
    await #expect(throws: LedgerError.self) { try await ledger.close() }
  }

  @Test func `values beyond all measure are stored, and stop nothing`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
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

  @Test func `health sees what happens after the clock was set back`() async throws {
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

  @Test func `no secret stands in what is under way, nor in an operator's words`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    let secret = "hunter2hunter2"
    ledger.record(
      .recoveryStarted(
        RecoveryStart(
          executionID: ledger.makeID(), at: Timestamp(microseconds: 0), component: "a",
          operation: "login password=\(secret)", action: .retry, errorID: nil)))
    let engine = try await RecoveryEngine(ledger: ledger)
    engine.component("a").force(
      CircuitOverride(kind: .forcedOpen, actor: "ops token=\(secret)", reason: "password=\(secret)"))
    try await ledger.close()
    for file in [folder.path(), folder.path() + "-wal"] {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file)")
    }
  }
}
