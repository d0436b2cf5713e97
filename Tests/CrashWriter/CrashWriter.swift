import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

/// Writes to a ledger at full speed and prints after every flush what must survive: a line
/// `process calls recoveries errors`. Made to be killed. With a third argument it exits after so many
/// flushes, while it records and without closing the ledger.
///
///     CrashWriter LEDGER SEED [FLUSHES]
///     CrashWriter LEDGER exit|return|notice
///
/// The second form is in `UnclosedWriter`.
@main
struct CrashWriter {
  static func main() async throws {
    let path = CommandLine.arguments[1]
    if let ending = UnclosedWriter(rawValue: CommandLine.arguments[2]) { return try await ending.run(path) }
    let ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "crash-writer"))
    let time = SystemTimeSource()
    var calls = 0
    var recoveries = 0
    var errors = 0
    var generator = SplitMix64(seed: UInt64(CommandLine.arguments[2]) ?? 0)
    let names: [ComponentName] = ["a", "b", "c", "d"]
    let flushes = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) : nil
    var flushed = 0
    while true {
      for _ in 0..<Int.random(in: 1...400, using: &generator) {
        let name = names[Int.random(in: 0..<4, using: &generator)]
        ledger.record(
          CallSample(
            component: name, outcome: .success, durationNanoseconds: 5_000,
            endedAt: time.monotonicNanoseconds()))
        calls += 1
        if Int.random(in: 0..<8, using: &generator) == 0 {
          let error = ErrorContext(
            id: ledger.makeID(), at: time.wallClock(), component: name, operation: "op",
            classification: ErrorClassification(category: .timeout, rule: "test"), type: "T", message: "late")
          ledger.record(.error(error))
          ledger.record(
            .recovery(
              RecoveryRecord(
                id: ledger.makeID(), at: time.wallClock(), component: name, operation: "op",
                executionID: ledger.makeID(), errorID: error.id, action: .retryBackoff, outcome: .succeeded,
                attempts: 2, duration: .milliseconds(3))))
          errors += 1
          recoveries += 1
        }
      }
      if flushed == flushes { exit(0) }
      try await ledger.flush()
      flushed += 1
      print(ledger.processID, calls, recoveries, errors)
      fflush(nil)
    }
  }
}
