import Healing
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// ``SQLiteLedger/settleForReading()``: reads cover what was recorded before them, and never wait for long.
@Suite struct SettlingTests {
  @Test(.timeLimit(.minutes(1)))
  func `a read does not wait for a writer that hangs`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.flush()
    // The writer waits 5 s for another program's transaction before it reports a problem.
    let other = try Connection(path: folder.path(), mode: .readWrite)
    try other.execute("BEGIN IMMEDIATE")
    ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    await ledger.settleForReading()
    #expect(ledger.status.problem == nil)
    #expect(try await ledger.samples.rates(.all, component: nil).isEmpty)
    try other.execute("COMMIT")
    try await ledger.flush()
    #expect(try await ledger.samples.rates(.all, component: nil).map(\.totalRequests) == [1])
    try await ledger.close()
  }

  @Test func `a read leaves the report of refused entries to the application's flush`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path())
    try await ledger.flush()
    try Connection(path: folder.path(), mode: .readWrite).execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON error BEGIN SELECT raise(ABORT, 'no'); END")
    ledger.record(
      .error(
        ErrorContext(
          id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "a", operation: "op",
          classification: ErrorClassification(category: .network, rule: "test"), type: "T", message: "m")))
    await ledger.settleForReading()
    #expect(try await ledger.errors.recent(component: nil, limit: 9).isEmpty)
    let error = await #expect(throws: LedgerError.self) { try await ledger.flush() }
    #expect(error?.code == .refused)
    // Reported once.
    try await ledger.flush()
    try await ledger.close()
  }
}
