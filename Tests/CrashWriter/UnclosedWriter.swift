import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

/// How a program ends that records and closes no ledger.
enum UnclosedWriter: String {
  /// Calls `exit(3)`.
  case exit
  /// Returns from `main`.
  case `return`
  /// Calls `exit(3)` in a notice, on the writer's own thread.
  case notice

  /// Records 20,000 calls, a recovery that began, and 50 errors and recoveries, and ends without a flush.
  func run(_ path: String) async throws {
    let time = SystemTimeSource()
    let ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "unclosed-writer")) { _ in
      if self == .notice { Glibc.exit(3) }
    }
    if self == .notice {
      try await ledger.flush()
      try FileManager.default.removeItem(atPath: path)
    }
    ledger.record(
      .recoveryStarted(
        RecoveryStart(
          executionID: ledger.makeID(), at: time.wallClock(), component: "a", operation: "op",
          action: .retryBackoff, errorID: nil)))
    for _ in 0..<20_000 {
      ledger.record(
        CallSample(
          component: "a", outcome: .success, durationNanoseconds: 5_000, endedAt: time.monotonicNanoseconds())
      )
    }
    for _ in 0..<50 {
      let error = ErrorContext(
        id: ledger.makeID(), at: time.wallClock(), component: "a", operation: "op",
        classification: ErrorClassification(category: .timeout, rule: "test"), type: "T", message: "late")
      ledger.record(.error(error))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: "a", operation: "op",
            executionID: ledger.makeID(), errorID: error.id, action: .retryBackoff, outcome: .succeeded,
            attempts: 2, duration: .milliseconds(3))))
    }
    switch self {
    case .exit: withExtendedLifetime(ledger) { Glibc.exit(3) }
    case .return: return
    case .notice: try await time.sleep(for: .seconds(600))
    }
  }
}
