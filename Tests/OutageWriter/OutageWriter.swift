import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Synchronization

/// Serves through an outage of three seconds in real time: `payments` is down behind an open circuit, the bulkhead of
/// `search` is full, `database` fails within `orders`. Prints a line `half` in the middle, and at the end what callers,
/// dependencies and receivers of alerts saw: ``OutageReport`` as a line of JSON.
///
/// The first process monitors in the middle. The second one monitors at the end, after a line on its standard input.
///
///     OutageWriter LEDGER NUMBER
@main
struct OutageWriter {
  static func main() async throws {
    let time = SystemTimeSource()
    let begun = time.monotonicNanoseconds()
    let number = Int(CommandLine.arguments[2]) ?? 0
    let ledger = try SQLiteLedger(
      path: CommandLine.arguments[1],
      identity: ProcessIdentity(program: "shop", release: "2026.11.\(number)"))
    let service = try await OutageService(
      number, ledger: ledger, time: time, openDuration: .milliseconds(250), begun: begun)
    let pager = try Pager(service)
    let gate = Gate()
    var holders: [Task<Void, any Error>] = []
    var report = OutageReport()
    for tick in 0..<240 {
      let isDown = tick >= 40 && tick < 160
      report.calls.append(
        await service.pay(tick, isDown: isDown, isFlaky: !isDown && tick.isMultiple(of: 20)))
      if tick == 70 {
        holders = (0..<3).map { _ in
          Task { try await service.search.execute("hold") { await gate.wait() } }
        }
        while gate.count < 3 { await pause() }
      }
      if tick.isMultiple(of: 4) { report.calls.append(await service.find(tick)) }
      if tick == 110 {
        gate.open()
        for holder in holders { try await holder.value }
        report.calls += holders.map { _ in
          OutageCall(
            process: number, component: "search", operation: "hold", request: "", at: 0, attempts: [true])
        }
      }
      if tick.isMultiple(of: 8) {
        report.calls += await service.order(tick, isDown: tick >= 124 && tick < 140)
      }
      if tick == 120 {
        if number == 1 { try await pager.check(&report) }
        print("half")
        fflush(nil)
      }
      // At most 80 calls a second: fewer than are rows. A process that was late does not catch up, so the circuit is open for
      // longer than the delay of its alert.
      try await time.sleep(for: .microseconds(12_500))
    }
    if number == 2, readLine() != nil {
      // The circuit closes at the first call that is answered, unless it learns late that the other process had opened it.
      for tick in 240..<2_000
      where report.calls.last?.end != .answered || !service.isPaymentsClosed || tick == 240 {
        report.calls.append(await service.pay(tick, isDown: false, isFlaky: false))
        try await time.sleep(for: .milliseconds(12))
      }
      try await pager.check(&report)
    }
    report.alerts = pager.alerts
    try await ledger.close()
    print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  }
}

/// A monitor whose alerts go to a list.
private final class Pager: Sendable {
  private let monitor: HealthMonitor
  private let received = Lock<[OutageReport.Alert]>([])

  init(_ service: OutageService) throws {
    monitor = try HealthMonitor(
      engine: service.engine, options: MonitorOptions(circuitAlertDelay: .milliseconds(200)))
    monitor.onAlert("pager") { [weak self] alert in
      self?.received.withLock { $0.append(OutageReport.Alert(alert)) }
    }
  }

  var alerts: [OutageReport.Alert] { received.withLock { $0 } }

  /// Checks every component, and waits for the delivery of the two alerts that each check of the script sends.
  func check(_ report: inout OutageReport) async throws {
    for name in OutageService.components {
      await monitor.check(name)
      guard let health = try await monitor.health(of: name) else { continue }
      report.health.append(OutageReport.Health(health, calls: report.calls.count))
    }
    for _ in 0..<10_000 where alerts.count < 2 { await pause() }
  }
}
