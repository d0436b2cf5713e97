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
