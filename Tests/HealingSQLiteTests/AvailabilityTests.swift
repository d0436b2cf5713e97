import Healing
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Availability against counts that use no SQL.
@Suite struct AvailabilityTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private struct Minute {
    var successes: Int64 = 0
    var failures: Int64 = 0
    var rejected: Int64 = 0
    var lost: Int64 = 0

    var isBad: Bool { rejected > 0 || (failures >= 3 && failures * 20 >= failures + successes) }
  }

  @Test(arguments: 1...4) func `the three measures are those of an oracle`(seed: Int) async throws {
    var random = SplitMix64(seed: UInt64(seed))
    let path = folder.path("\(seed).db")
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    let start = time.wallClock()
    var minutes: [ComponentName: [Int: Minute]] = [:]
    for number in 0..<120 {
      for component in ["api", "db", "alert.pager"] as [ComponentName] where Bool.random(using: &random) {
        var minute = Minute()
        minute.successes = .random(in: 0...60, using: &random)
        minute.failures = .random(in: 0...4, using: &random)
        minute.rejected = max(0, .random(in: -9...3, using: &random))
        minute.lost = .random(in: 0...minute.failures, using: &random)
        guard minute.successes + minute.failures + minute.rejected > 0 else { continue }
        var counts = CallCounts()
        for _ in 0..<minute.successes { counts.add(.success, microseconds: 9) }
        for _ in 0..<minute.failures { counts.add(.failure, microseconds: 9) }
        for _ in 0..<minute.rejected { counts.add(.rejected, microseconds: 0, rejection: .circuit) }
        var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
        sample.executions.rejected = minute.rejected
        sample.executions.lost = minute.lost
        ledger.record(.sample(sample))
        minutes[component, default: [:]][number] = minute
      }
      time.advance(by: .seconds(60))
    }
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    for (first, last) in [(0, 120), (30, 31), (17, 90)] {
      let range = LedgerRange(since: start + .seconds(60 * first), until: start + .seconds(60 * last))
      let found = try await reader.availability(range)
      let names = ["api", "db"].filter { name in
        minutes[ComponentName(stored: name)]?.keys.contains { (first..<last).contains($0) } ?? false
      }
      #expect(found.map(\.component.text) == names)
      for row in found {
        let own = (minutes[row.component] ?? [:]).filter { (first..<last).contains($0.key) }.values
        func sum(_ figure: (Minute) -> Int64) -> Int64 { own.reduce(0) { $0 + figure($1) } }
        let (tried, calls) = (
          sum { $0.successes + $0.failures }, sum { $0.successes + $0.failures + $0.rejected }
        )
        #expect(row.calls == calls && row.observedMinutes == Int64(own.count))
        #expect(row.badMinutes == Int64(own.filter(\.isBad).count))
        #expect(row.byTime == Double(own.count - own.filter(\.isBad).count) / Double(own.count))
        #expect(row.actual == (tried > 0 ? Double(sum(\.successes)) / Double(tried) : nil))
        let effective = calls > 0 ? Double(calls - sum(\.lost)) / Double(calls) : nil
        #expect(row.effective == effective)
        #expect((row.burn(objective: 0.99) == nil) == (calls < 100))
        if let effective, let burn = row.burn(objective: 0.99, minCalls: 1) {
          #expect(abs(burn - (1 - effective) * 100) < 1e-9)
        }
      }
    }
    #expect(try await reader.availability(component: "alert.pager").count == 1)
  }
}
