import Healing
import HealingTestSupport
import Testing

@Suite struct InMemoryLedgerTests {
  @Test(arguments: LedgerConformance.all.indices)
  func `conforms to the ledger's contract`(index: Int) async throws {
    let (_, test) = LedgerConformance.all[index]
    try await test(LedgerConformance { InMemoryLedger(time: $0) })
  }

  @Test func `keeps the newest rows and exact totals`() async throws {
    let ledger = InMemoryLedger(time: VirtualTime())
    let count = InMemoryLedger.rowLimit * 2
    for _ in 0..<count {
      ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    }
    #expect(
      try await ledger.samples.recent(component: nil, limit: count).count <= InMemoryLedger.rowLimit * 5 / 4)
    #expect(try await ledger.samples.rates(.all, component: nil).first?.totalRequests == Int64(count))
  }
}
