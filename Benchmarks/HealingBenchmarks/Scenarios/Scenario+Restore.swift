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
    var opened: [Double] = []
    var restored: [Double] = []
    for _ in 0..<bench.share(11, quick: 1) {
      let time = SystemTimeSource()
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
    both.budgets = [.atMost(50)]
    return [
      Figure(scenario: "restore", what: "open, \(size)", unit: "ms", spread: Spread(opened)), both,
    ]
  }
}
