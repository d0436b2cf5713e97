import Healing
import HealingSQLite

/// Load on a real ledger.
enum LedgerLoad {
  static let components: [ComponentName] = ["a", "b", "c", "d"]
  /// Every call and error in a separate row, written within 2 ms.
  static let everyRow = SQLiteLedgerOptions(
    sampleDelay: .zero, sampleDetail: .everyCall, errorRowsPerSecond: .max)
  static let slots = components.map { ComponentSlot($0) }

  /// Records calls and waits until they are durable.
  static func calls(_ count: Int, _ ledger: SQLiteLedger) async throws {
    let time = SystemTimeSource()
    for index in 0..<count {
      ledger.record(
        CallSample(
          slot: slots[index & 3].number, outcome: .success, durationNanoseconds: 1_500_000,
          endedAt: time.monotonicNanoseconds()))
    }
    try await ledger.flush()
  }

  /// Records recoveries as an engine does and waits until they are durable.
  static func recoveries(_ count: Int, _ ledger: SQLiteLedger) async throws {
    let time = SystemTimeSource()
    for index in 0..<count {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: components[index & 3],
            operation: "generate",
            executionID: ledger.makeID(), errorID: ledger.makeID(), action: .retryBackoff,
            outcome: .succeeded,
            attempts: 2, duration: .milliseconds(210), message: "attempt 2 succeeded")))
    }
    try await ledger.flush()
  }

  /// Records errors as an engine does and waits until they are durable.
  static func errors(_ count: Int, _ ledger: SQLiteLedger) async throws {
    let time = SystemTimeSource()
    let classification = ErrorClassification(category: .network, rule: "text.network.refused")
    for index in 0..<count {
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: time.wallClock(), component: components[index & 3],
            operation: "generate",
            executionID: ledger.makeID(), classification: classification, type: "POSIXError",
            message: "connect: connection refused")))
    }
    try await ledger.flush()
  }

  /// Calls that a ledger counts, merged ones included.
  static func countedCalls(_ ledger: any LedgerReader) async throws -> Int64 {
    try await ledger.samples.rates(.all, component: nil).reduce(0) {
      $0 + $1.totalRequests + $1.rejectedRequests + $1.cancelledRequests + $1.callerErrors + $1.staleResults
    }
  }
}
