import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// A disk that is really full: a small file system in memory. Needs the right to mount one.
@Suite struct FullDiskTests {
  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a full disk fails no call, and totals are exact when space is free again`() async throws {
    let disk = try SmallDisk("2m")
    let ledger = try SQLiteLedger(path: disk.path)
    var recorded = 0
    func record(_ count: Int) {
      for index in 0..<count {
        let outcome: CallOutcome = index.isMultiple(of: 2) ? .success : .failure
        ledger.record(CallSample(component: "a", outcome: outcome, duration: 1_000, endedAt: 0))
      }
      recorded += count
    }
    var problem: LedgerError?
    while problem == nil && recorded < 1_000_000 {
      record(5_000)
      do throws(LedgerError) { try await ledger.flush() } catch { problem = error }
    }
    #expect(problem?.code == .full || problem?.code == .unavailable, "\(String(describing: problem))")
    // Calls continue while no row can be stored.
    record(100_000)
    try disk.resize("64m")
    var isDurable = false
    for _ in 0..<50 where !isDurable {
      do throws(LedgerError) {
        try await ledger.flush()
        isDurable = true
      } catch { continue }
    }
    #expect(isDurable)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == Int64(recorded))
    try await ledger.close()
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }
}
