import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What clients' reports of recoveries make of the failed attempts that they reported before, in every ledger.
@Suite struct ReportedRecoveryTests {
  /// One step of a client. Recoveries are of the first reported error, or of an arbitrary id.
  enum Step: Sendable {
    case error, success
    case wait(Duration)
    case recovery(RecoveryAction, succeeded: Bool, attempts: Int = 1)
    case recoveryOf(Int64)
  }

  struct Script: Sendable, CustomTestStringConvertible {
    let name: String
    let steps: [Step]
    let executions: Int64
    var saved: Int64 = 0
    var degraded: Int64 = 0
    var lost: Int64 = 0
    var testDescription: String { name }
  }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  static let scripts: [Script] = [
    Script(
      name: "a retry within a minute",
      steps: [.error, .error, .success, .recovery(.retry, succeeded: true, attempts: 3)], executions: 1,
      saved: 1),
    Script(
      name: "a retry over a border of minutes",
      steps: [
        .wait(.milliseconds(59_600)), .error, .wait(.seconds(1)), .error, .success,
        .recovery(.retryBackoff, succeeded: true, attempts: 3),
      ], executions: 1, saved: 1),
    Script(
      name: "a failed retry over a border of minutes",
      steps: [
        .wait(.milliseconds(59_600)), .error, .wait(.seconds(1)), .error,
        .recovery(.retryBackoff, succeeded: false, attempts: 2),
      ], executions: 1, lost: 1),
    Script(
      name: "a retry over three minutes",
      steps: [
        .wait(.seconds(59)), .error, .wait(.seconds(60)), .error, .wait(.seconds(60)), .success,
        .recovery(.retryBackoff, succeeded: true, attempts: 3),
      ], executions: 1, saved: 1),
    Script(
      name: "a successful retry without a number of attempts",
      steps: [.error, .success, .recovery(.retry, succeeded: true)], executions: 1, saved: 1),
    Script(
      name: "a failed retry, then a successful one",
      steps: [
        .error, .error, .recovery(.retry, succeeded: false, attempts: 2), .success,
        .recovery(.retry, succeeded: true, attempts: 3),
      ], executions: 1, saved: 1),
    Script(
      name: "a failed retry, then a fallback",
      steps: [
        .error, .error, .recovery(.retry, succeeded: false, attempts: 2),
        .recovery(.fallback, succeeded: true),
      ], executions: 1, degraded: 1),
    Script(
      name: "a fallback that is reported twice, beside another call",
      steps: [.error, .error, .recovery(.fallback, succeeded: true), .recovery(.fallback, succeeded: true)],
      executions: 2, degraded: 1, lost: 1),
    Script(
      name: "a failed retry of which only the first attempt was reported",
      steps: [.error, .recovery(.retry, succeeded: false, attempts: 2)], executions: 1, lost: 1),
    Script(
      name: "more attempts than were reported",
      steps: [.error, .error, .error, .recovery(.retry, succeeded: false, attempts: 1_000)], executions: 1,
      lost: 1),
    Script(
      name: "ids of no error", steps: [.recoveryOf(0), .recoveryOf(1), .recoveryOf(.max)], executions: 0),
  ]

  private func run(_ script: Script, _ ledger: any Ledger, _ time: VirtualTime) async throws
    -> ExecutionTotals
  {
    let component = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time
    ).component("api")
    var first: LedgerID?
    func report(_ action: RecoveryAction, _ succeeded: Bool, _ attempts: Int, of error: LedgerID?) {
      component.report(
        RecoveryRecord(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", errorID: error,
          action: action, outcome: succeeded ? .succeeded : .failed, attempts: attempts, duration: .zero))
    }
    for step in script.steps {
      switch step {
      case .error:
        let error = component.report(Refused(), operation: "get")
        first = first ?? error.id
      case .success: component.report(.success)
      case .wait(let duration): time.advance(by: duration)
      case .recovery(let action, let succeeded, let attempts): report(action, succeeded, attempts, of: first)
      case .recoveryOf(let id): report(.fallback, true, 1, of: LedgerID(rawValue: id))
      }
    }
    try await ledger.flush()
    return try await ledger.recoveries.statistics(.all, component: "api").executions
  }

  @Test(arguments: scripts) func `reported attempts of one execution are one execution, with one outcome`(
    script: Script
  ) async throws {
    let folder = try TemporaryFolder()
    let time = VirtualTime()
    let file = try SQLiteLedger(path: folder.path(), time: time)
    expect(try await run(script, file, time), script, "SQLite")
    try await file.close()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
    let memoryTime = VirtualTime()
    expect(try await run(script, InMemoryLedger(time: memoryTime), memoryTime), script, "in memory")
  }

  private func expect(_ found: ExecutionTotals, _ script: Script, _ ledger: String) {
    let isSame =
      found.executions == script.executions && found.saved == script.saved
      && found.degraded == script.degraded
      && found.lost == script.lost
    #expect(isSame, "\(ledger): \(found)")
  }
}
