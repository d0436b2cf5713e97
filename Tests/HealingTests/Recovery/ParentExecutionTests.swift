import Foundation
import Healing
import HealingTestSupport
import Testing

/// Which outer execution made a call.
@Suite struct ParentExecutionTests {
  @Test
  func `the errors and recoveries of an inner call name the outer execution from its second attempt on`()
    async throws
  {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let outer = try engine.component("outer", policy: ComponentPolicy(retry: retry, breaker: nil))
    let inner = try engine.component("inner", policy: ComponentPolicy(retry: retry, breaker: nil))
    func pay() async throws -> Int {
      try await inner.execute("pay") { () -> Int in throw POSIXError(.ECONNREFUSED) }
    }
    await #expect(throws: POSIXError.self) { try await outer.execute("order") { try await pay() } }
    let outerErrors = try await ledger.errors.recent(component: "outer", limit: 10)
    let execution = try #require(outerErrors.first?.executionID)
    #expect(outerErrors.allSatisfy { $0.parentExecutionID == nil })
    let errors = try await ledger.errors.recent(component: "inner", limit: 10)
    #expect(errors.map(\.parentExecutionID) == [nil, nil, execution, execution])
    let recoveries = try await ledger.recoveries.recent(.all, component: "inner", limit: 10)
    #expect(recoveries.map(\.parentExecutionID) == [nil, execution])
  }
}
