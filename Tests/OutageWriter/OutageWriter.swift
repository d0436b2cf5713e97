import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

/// Serves through an outage of three seconds in real time and prints what its callers saw: a line `half` in the middle, and
/// the list of the calls as JSON at the end.
///
///     OutageWriter LEDGER NUMBER
@main
struct OutageWriter {
  static func main() async throws {
    let time = SystemTimeSource()
    let begun = time.monotonicNanoseconds()
    let ledger = try SQLiteLedger(
      path: CommandLine.arguments[1],
      identity: ProcessIdentity(program: "shop", release: "2026.11.\(CommandLine.arguments[2])"))
    let service = try await OutageService(
      Int(CommandLine.arguments[2]) ?? 0, ledger: ledger, time: time, openDuration: .milliseconds(250),
      begun: begun)
    var list: [OutageCall] = []
    for tick in 0..<240 {
      let isDown = tick >= 40 && tick < 160
      list.append(await service.pay(tick, isDown: isDown, isFlaky: !isDown && tick.isMultiple(of: 20)))
      if tick.isMultiple(of: 4) { list.append(await service.find(tick)) }
      if tick.isMultiple(of: 8) { list += await service.order(tick, isDown: tick >= 100 && tick < 140) }
      if tick == 120 {
        print("half")
        fflush(nil)
      }
      // 80 calls a second: fewer than are rows.
      let next = begun + Int64(tick + 1) * 12_500_000
      try await time.sleep(for: .nanoseconds(max(0, next - time.monotonicNanoseconds())))
    }
    try await ledger.close()
    print(String(decoding: try JSONEncoder().encode(list), as: UTF8.self))
  }
}
