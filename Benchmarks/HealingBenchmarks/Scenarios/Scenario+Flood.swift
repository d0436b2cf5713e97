import FloodReport
import Foundation
import HealingSQLite
import HealingTestSupport

extension Scenario {
  /// Ten seconds of calls as fast as they go, in a separate process: how much memory it takes, whether the totals are
  /// exact, and how many calls each stored row counts.
  static let flood = Scenario("flood") { bench in
    let path = bench.path("flood.db")
    let (code, output, errors) = try await ChildProcess.run(
      "FloodWriter", [path, bench.share("10", quick: "0.2")])
    guard code == 0 else { throw Unexpected("FloodWriter ended with \(code): \(errors)") }
    let report = try JSONDecoder().decode(FloodReport.self, from: Data(output.utf8))
    let reader = try SQLiteLedgerReader(path: path)
    let counted = try await LedgerLoad.countedCalls(reader)
    guard counted == Int64(report.calls) else {
      throw Unexpected("the ledger counts \(counted) calls of \(report.calls)")
    }
    let rows = try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM health_sample") ?? 0
    func figure(_ what: String, _ unit: String, _ value: Double, _ budgets: [Budget] = []) -> Figure {
      var figure = Figure(scenario: "flood", what: what, unit: unit, spread: Spread([value]))
      figure.budgets = budgets
      return figure
    }
    let calls = Double(report.calls)
    return [
      figure("most memory resident", "MB", Double(report.peakMemory) / 1e6, [.atMost(50)]),
      figure("a call, flat out", "ns", report.seconds / calls * 1e9),
      figure("calls, all of them counted", "calls", calls),
      figure("calls to a stored row", "calls", calls / Double(max(1, rows))),
    ]
  }
}
