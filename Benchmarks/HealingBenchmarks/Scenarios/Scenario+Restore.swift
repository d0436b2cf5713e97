import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// Opening a large ledger and restoring an engine from it: breakers with what is left of their wait, and the health
  /// of the last minutes.
  static let restore = Scenario("restore") { bench in
    let path = try await LargeLedger.built(bench)
    let breakers = 1_000
    try LedgerBuilder.breakers(breakers, path: path)
    var read: [Double] = []
    var opened: [Double] = []
    var restored: [Double] = []
    for _ in 0..<bench.share(11, quick: 1) {
      let time = SystemTimeSource()
      read.append(try await bench.nanoseconds { try readRows(path, breakers) } / 1e6)
      let start = time.monotonicNanoseconds()
      let ledger = try SQLiteLedger(path: path)
      let middle = time.monotonicNanoseconds()
      let engine = try await RecoveryEngine(ledger: ledger)
      let end = time.monotonicNanoseconds()
      opened.append(Double(middle - start) / 1e6)
      restored.append(Double(end - start) / 1e6)
      let component = engine.component("breaker-1001")
      guard component.breakerSnapshot()?.state == .open else { throw Unexpected("no breaker was restored") }
      try await ledger.close()
    }
    let size = "\(bench.options.rows.formatted()) recoveries"
    var both = Figure(
      scenario: "restore", what: "open and restore, \(size), \(breakers.formatted()) breakers and windows",
      unit: "ms",
      spread: Spread(restored))
    both.reference = "plain SELECTs"
    both.ratio = Spread(zip(restored, read).map { $0 / $1 }).median
    both.budgets = [.ratioAtMost(3)]
    return [
      Figure(
        scenario: "restore", what: "plain SELECTs of the rows to restore", unit: "ms", spread: Spread(read)),
      Figure(scenario: "restore", what: "open, \(size)", unit: "ms", spread: Spread(opened)), both,
    ]
  }

  /// The least that a restore does: opens the file and reads every value of the breakers and their windows.
  private static func readRows(_ path: String, _ breakers: Int) throws {
    let connection = try Connection(path: path, mode: .readOnly)
    var rows = 0
    rows += try connection.rows("SELECT * FROM breaker JOIN component ON id = component_id ORDER BY name") {
      row in
      let numbers: [Row.Column] = [
        "component_id", "version", "state", "failure_count", "success_count", "consecutive_trips",
        "probe_rounds",
        "tripped_at", "open_until_at", "open_for_us", "trip_error_id", "last_failure_at", "updated_at",
      ]
      return numbers.reduce(into: Int64(row.text("name").utf8.count)) { $0 &+= row.integer($1) }
    }.count
    rows += try connection.rows(
      "SELECT * FROM health_window JOIN component ON id = component_id ORDER BY name, bucket_at"
    ) { row in
      let numbers: [Row.Column] = [
        "bucket_at", "successes", "failures", "critical_errors", "duration_sum_us",
      ]
      return numbers.reduce(into: Int64(row.text("name").utf8.count)) { $0 &+= row.integer($1) }
    }.count
    guard rows == breakers * 31 else { throw Unexpected("\(rows) rows instead of \(breakers * 31)") }
  }
}
