import Foundation
import Healing
import HealingSQLite

/// The begin of an upkeep command, for its row in the ledger.
struct UpkeepTimer {
  private let time = SystemTimeSource()
  private let startedAt: Timestamp
  private let begin: Int64

  init() {
    startedAt = time.wallClock()
    begin = time.monotonicNanoseconds()
  }

  private var elapsed: Duration { .nanoseconds(time.monotonicNanoseconds() - begin) }
  /// Seconds since the begin, with one decimal.
  var seconds: Double { (elapsed.milliseconds / 100).rounded() / 10 }

  /// Runs the work of a command. Records a failure before it is thrown on.
  func run<Value>(_ kind: UpkeepTable.Kind, ledger path: String, _ body: () async throws -> Value)
    async throws
    -> Value
  {
    do { return try await body() } catch {
      recordFailure(kind, error, ledger: path)
      throw error
    }
  }

  /// Records that the command failed, with the reason, where the ledger can be written and is not the damaged one. A use that is not
  /// allowed is no failure.
  func recordFailure(_ kind: UpkeepTable.Kind, _ error: any Error, ledger path: String) {
    let cause = (error as? IngestError)?.cause ?? error
    if cause is UsageError || cause is SilentExit { return }
    let failure = cause as? LedgerError
    if let failure, failure.ledger == path, [.corrupt, .notALedger, .schemaUnknown].contains(failure.code) {
      return
    }
    let problem = failure.map { "\($0.ledger): \($0.problem)" } ?? "\(cause)"
    guard let json = try? JSONEncoder().encode(["problem": problem]) else { return }
    _ = try? UpkeepLog.record(
      kind, .failed, at: startedAt, lasting: elapsed, figures: String(decoding: json, as: UTF8.self),
      ledger: path)
  }

  /// Records the command. A failure is reported on standard error, and does not fail the command.
  func record(_ kind: UpkeepTable.Kind, _ figures: [String: Cell], ledger path: String) {
    do {
      let json = String(decoding: try JSONEncoder().encode(figures), as: UTF8.self)
      try UpkeepLog.record(kind, at: startedAt, lasting: elapsed, figures: json, ledger: path)
    } catch {
      StandardError.say("healing: the \(kind.rawValue) was not recorded in the ledger: \(error)")
    }
  }
}
