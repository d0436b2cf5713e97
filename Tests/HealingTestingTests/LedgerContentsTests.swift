import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting
import Testing

@Suite struct LedgerContentsTests {
  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private let time = VirtualTime()

  /// Runs executions with every kind of row: a saved one, lost ones that open the circuit, and a rejected one.
  private func run(_ ledger: any Ledger) async throws -> LedgerContents {
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let payments = try engine.component(
      "payments",
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .seconds(1)), breaker: nil))
    let search = try engine.component(
      "search",
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)))
    _ = try await payments.execute("charge", ScriptedOperation<Int>(.fail(Down()), .succeed(1)).next)
    let find = ScriptedOperation<Int>(.fail(Down()), repeatsLast: true)
    for _ in 0..<3 { await #expect(throws: Down.self) { try await search.execute("find", find.next) } }
    await #expect(throws: CircuitOpenError.self) { try await search.execute("find", find.next) }
    let monitor = HealthMonitor(engine: engine)
    _ = await monitor.check("search")
    return try await LedgerContents.read(from: ledger)
  }

  private func check(_ contents: LedgerContents) throws {
    let recovery = try contents.requireRecovery(.retryBackoff, of: "payments")
    #expect(recovery.attempts == 2 && recovery.operation == "charge")
    #expect(try contents.requireTransition(to: .open, of: "search").reason == "failure_threshold")
    #expect(try contents.requireError(.network, of: "search").operation == "find")
    #expect(try contents.requireAlert(.raised, about: "search").status >= .unhealthy)
    try contents.requireExecutions(.saved, of: "payments")
    try contents.requireExecutions(.lost, 4, of: "search")
    try contents.requireExecutions(.degraded, 0, of: "nobody")
    #expect(contents.rejections.map(\.reason) == [.circuit])
    #expect(contents.errors.map(\.component) == ["payments", "search", "search", "search"])
    let search = contents.of("search")
    #expect(
      search.errors.count == 3 && search.recoveries.isEmpty && Array(search.executions.keys) == ["search"])
    #expect(search.rejections.count == 1 && search.alerts == contents.of("search").alerts)
  }

  @Test func `an in-memory ledger's rows are found`() async throws {
    try check(try await run(InMemoryLedger(time: time)))
  }

  @Test func `a ledger in a file is flushed and its rows are found`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    let contents = try await run(ledger)
    try check(contents)
    try await ledger.close()
    try check(try await LedgerContents.read(from: SQLiteLedgerReader(path: folder.path())))
  }

  @Test func `a missing row is reported with what the ledger contains instead`() async throws {
    let contents = try await run(InMemoryLedger(time: time))
    func words(_ body: () throws -> Void) -> String {
      do { try body() } catch { return error.localizedDescription }
      return ""
    }
    #expect(
      words { try contents.requireRecovery(.fallback, of: "payments") } == """
        the ledger does not contain a fallback of payments that ended as succeeded; it contains:
          - retry_backoff of charge: succeeded, attempts: 2
        """)
    #expect(
      words { try contents.requireRecovery(.retryBackoff, of: "payments", outcome: .failed) }
        .contains("ended as failed"))
    #expect(
      words { try contents.requireTransition(to: .open, of: "payments") } == """
        the ledger does not contain a transition of payments to open; it contains:
          - nothing of this kind
        """)
    #expect(words { try contents.requireTransition(to: .closed, of: "search") }.contains("closed to open"))
    #expect(
      words { try contents.requireError(.timeout, of: "search") }.contains(
        "\n  - network in find, attempt 1: "))
    #expect(words { try contents.requireAlert(.recovered, about: "search") }.contains("\n  - raised, "))
    #expect(
      words { try contents.requireExecutions(.saved, 2, of: "payments") } == """
        the ledger does not contain 2 saved executions of payments; it contains:
          - executions: 1
          - rejected: 0
          - saved: 1
          - degraded: 0
          - undone: 0
          - lost: 0
          - interrupted: 0
        """)
  }
}
