import FloodReport
import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting

extension Scenario {
  /// What 1,000 calls a second on 20 components cost at the default options: bytes on disk in virtual time; commits,
  /// processor and memory of a separate process in real time.
  static let cost = Scenario("cost") { bench in
    var figures: [Figure] = []
    for load in SteadyCalls.all { figures += try await bytes(bench, load) }
    return figures + (try await processor(bench))
  }

  // MARK: Bytes

  private static func bytes(_ bench: Bench, _ load: SteadyCalls) async throws -> [Figure] {
    let seconds = bench.share(300, quick: 2)
    let raw = try load.rawBytes(bench, seconds: seconds)
    let rows = try await load.bytes(
      bench, "rows", seconds: seconds,
      SQLiteLedgerOptions(sampleDetail: .everyCall, errorRowsPerSecond: .max))
    let standard = try await load.bytes(bench, "standard", seconds: seconds, SQLiteLedgerOptions())
    func figure(_ what: String, _ bytes: Double) -> Figure {
      var figure = Figure(
        scenario: "cost", what: "\(what), \(load.share) errors", unit: "bytes a call",
        spread: Spread([bytes]))
      guard bytes != raw else { return figure }
      figure.reference = "rows by SQLite alone"
      figure.ratio = bytes / raw
      return figure
    }
    var day = Figure(
      scenario: "cost", what: "a day at the default options, \(load.share) errors", unit: "MB",
      spread: Spread([standard * Double(SteadyCalls.perSecond) * 86_400 / 1e6]))
    day.budgets = [.atMost(load.megabytesADay)]
    return [
      figure("rows by SQLite alone", raw), figure("every call and error in its own row", rows),
      figure("the default options", standard), day,
    ]
  }

  // MARK: Processor, commits and memory

  private static func processor(_ bench: Bench) async throws -> [Figure] {
    let seconds = bench.share(20.0, quick: 0.3)
    let loop = try ReferenceLoop()
    var speeds: [Double] = []
    func noteSpeed() throws { for _ in 0..<bench.share(11, quick: 1) { speeds.append(try loop.run()) } }
    try noteSpeed()
    let bare = try await writer(bench, ["bare"], seconds: seconds)
    let raw = try await rawCommits(bench, seconds: seconds / 4)
    try noteSpeed()
    let loads = SteadyCalls.all
    var reports: [FloodReport] = []
    for load in loads {
      reports.append(try await writer(bench, ["steady", "\(load.callsPerError)"], seconds: seconds))
      try noteSpeed()
    }
    let slowness = ReferenceLoop.slowness(speeds)
    func figure(
      _ what: String, _ unit: String, _ value: Double, to reference: (String, Double)? = nil,
      _ budgets: [Budget] = [], slowness: Double = 1
    ) -> Figure {
      var figure = Figure(scenario: "cost", what: what, unit: unit, spread: Spread([value]))
      figure.reference = reference?.0
      figure.ratio = reference.map { value / $0.1 }
      figure.budgets = budgets
      figure.slowness = slowness
      return figure
    }
    let core = "% of a core"
    let rawLoad = "a row a call, committed every 2 ms by SQLite alone"
    func share(_ seconds: Double, of report: FloodReport) -> Double { seconds / report.seconds * 100 }
    let bareShare = share(bare.processorSeconds, of: bare)
    var figures = [
      ReferenceLoop.figure("cost", speeds),
      figure("bare calls, whole process", core, bareShare),
      figure("\(rawLoad), whole process", core, raw.share),
      figure("\(rawLoad), commits", "a second", raw.commits),
    ]
    for (load, report) in zip(loads, reports) {
      let name = "the default options, \(load.share) errors"
      figures += [
        figure(
          "\(name), whole process", core, share(report.processorSeconds, of: report),
          to: ("SQLite alone", raw.share)),
        figure(
          "\(name), the writer", core, share(report.writerSeconds, of: report),
          to: ("SQLite alone", raw.share),
          [.atMost(3)], slowness: slowness),
        figure(
          "\(name), synchronisations", "a second", report.synchronisationsPerSecond,
          to: ("SQLite alone", raw.commits), [.atMost(25)]),
        figure("\(name), most memory resident", "MB", Double(report.peakMemory) / 1e6, [.atMost(50)]),
      ]
    }
    return figures
  }

  private static func writer(_ bench: Bench, _ words: [String], seconds: Double) async throws -> FloodReport {
    let path = bench.path("\(words.joined(separator: "-")).db")
    let (code, output, errors) = try await ChildProcess.run("FloodWriter", [path, "\(seconds)"] + words)
    guard code == 0 else { throw Unexpected("FloodWriter ended with \(code): \(errors)") }
    let report = try JSONDecoder().decode(FloodReport.self, from: Data(output.utf8))
    if words.first == "steady" {
      let counted = try await LedgerLoad.countedCalls(try SQLiteLedgerReader(path: path))
      guard counted == Int64(report.calls + report.failures) else {
        throw Unexpected("the ledger counts \(counted) calls of \(report.calls + report.failures)")
      }
    }
    return report
  }

  /// The calls' rows by ``BareGroupCommit``.
  private static func rawCommits(_ bench: Bench, seconds: Double) async throws -> (
    share: Double, commits: Double
  ) {
    let bare = BareGroupCommit(path: bench.path("cost-raw.db"))
    let (start, before) = (DispatchTime.now(), processorSeconds())
    let load = SteadyLoad(eventsPerSecond: SteadyCalls.perSecond) { _ in bare.add() }
    try await Task.sleep(for: .seconds(seconds))
    _ = await load.stop()
    let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    let used = processorSeconds() - before
    await bare.stop()
    return (used / elapsed * 100, Double(bare.commits) / elapsed)
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
