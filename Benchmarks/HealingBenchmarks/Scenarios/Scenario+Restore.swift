import Foundation
import Healing
import HealingSQLite

extension Scenario {
  /// Opening a large ledger and restoring an engine from it: breakers with what is left of their wait, and the health
  /// of the last minutes.
  static let restore = Scenario("restore") { bench in
    let path = try await LargeLedger.built(bench, rows: bench.options.rows).path
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
    both.budgets = [.ratioAtMost(1.5)]
    return [
      Figure(
        scenario: "restore", what: "plain SELECTs of the rows to restore", unit: "ms", spread: Spread(read)),
      Figure(scenario: "restore", what: "open, \(size)", unit: "ms", spread: Spread(opened)), both,
    ]
  }

  /// The least that a restore does: opens the file and reads the values of the breakers and their windows.
  private static func readRows(_ path: String, _ breakers: Int) throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let states: [Row.Column] = [
      "state", "failure_count", "success_count", "consecutive_trips", "probe_rounds", "tripped_at",
      "open_until_at", "open_for_us", "trip_error_id", "last_failure_at", "updated_at", "window_calls",
      "window_failures", "window_slow_calls", "state_version", "override_version", "override_expires_at",
      "override_for_us",
    ]
    let texts: [Row.Column] = ["name", "override", "override_actor", "override_reason"]
    let counts: [Row.Column] = [
      "bucket_at", "successes", "failures", "critical_errors", "duration_sum_us",
    ]
    func sum(_ row: Row, _ numbers: [Row.Column], _ texts: [Row.Column]) -> Int64 {
      numbers.reduce(into: texts.reduce(into: 0) { $0 &+= Int64(row.text($1).utf8.count) }) {
        $0 &+= row.integer($1)
      }
    }
    let rows =
      try connection.rows("SELECT * FROM breaker JOIN component ON id = component_id ORDER BY name") {
        sum($0, states, texts)
      }.count
      + connection.rows(
        "SELECT * FROM health_window JOIN component ON id = component_id ORDER BY name, bucket_at"
      ) { sum($0, counts, ["name"]) }.count
    guard rows == breakers * 31 else { throw Unexpected("\(rows) rows instead of \(breakers * 31)") }
  }
}
