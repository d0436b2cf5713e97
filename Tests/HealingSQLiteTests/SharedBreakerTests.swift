import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Two processes on one ledger, here two ledgers on one file: each applies the other's changes of a breaker.
@Suite struct SharedBreakerTests {
  let folder: TemporaryFolder
  let time = VirtualTime()
  let ledgers: [SQLiteLedger]

  init() throws {
    let folder = try TemporaryFolder()
    let time = time
    self.folder = folder
    ledgers = try (0..<2).map { _ in try SQLiteLedger(path: folder.path(), time: time) }
  }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func engines() async throws -> [RecoveryEngine] {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1))
    var engines: [RecoveryEngine] = []
    for ledger in ledgers {
      engines.append(try await RecoveryEngine(ledger: ledger, policy: policy, time: time))
    }
    return engines
  }

  private func fail(_ component: Component, times: Int) async {
    for _ in 0..<times { try? await component.execute("get") { throw Refused() } }
  }

  private func wait(until condition: () -> Bool) async { while !condition() { await pause() } }

  private func close() async throws { for ledger in ledgers { try await ledger.close() } }

  @Test func `a circuit opens in both processes for the same wait, and closes in both`()
    async throws
  {
    let engines = try await engines()
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    await wait { api[1].isCircuitOpen }
    time.advance(by: .seconds(20))
    let error = await #expect(throws: CircuitOpenError.self) { try await api[1].execute("get") {} }
    #expect(error?.retryAfter == .seconds(40))
    time.advance(by: .seconds(40))
    try await api[0].execute("get") {}
    await wait { api[1].breakerSnapshot()?.state == .closed }
    // One trip is one recovery, whichever process observed it.
    try await ledgers[0].flush()
    #expect(try await ledgers[0].recoveries.statistics(.all, component: nil).overall.totalRecoveries == 1)
    try await close()
  }

  @Test func `while one process probes, the other rejects calls`() async throws {
    let engines = try await engines()
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    await wait { api[1].isCircuitOpen }
    time.advance(by: .seconds(60))
    #expect(!api[1].isCircuitOpen)
    _ = try? await api[0].execute("probe") { throw CancellationError() }
    #expect(api[0].breakerSnapshot()?.state == .halfOpen)
    await wait { api[1].isCircuitOpen }
    // With a limit: the probing process may have died.
    time.advance(by: .seconds(60))
    #expect(!api[1].isCircuitOpen)
    try await close()
  }

  @Test func `the other process applies a reset and an override`() async throws {
    let engines = try await engines()
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    await wait { api[1].isCircuitOpen }
    api[1].resetBreaker(actor: "ops")
    await wait { !api[0].isCircuitOpen }
    try api[0].force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "maintenance"))
    await wait { api[1].isCircuitOpen }
    try api[1].liftOverride(actor: "ops")
    await wait { !api[0].isCircuitOpen }
    try await close()
  }

  @Test func `a process that closes with another does not adopt its failures`() async throws {
    let engines = try await engines()
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    await wait { api[1].isCircuitOpen }
    // Both are recorded in one batch, so that the other process reads the close together with the failure after it.
    api[0].resetBreaker(actor: "ops")
    await fail(api[0], times: 1)
    await wait { api[1].breakerSnapshot()?.state == .closed }
    await fail(api[1], times: 1)
    #expect(!api[1].isCircuitOpen)
    try await close()
  }

  @Test func `every engine of a process applies the changes of another process`() async throws {
    let engines = try await engines()
    let second = try await RecoveryEngine(ledger: ledgers[1], time: time)
    let listeners = [engines[1].component("api"), second.component("api")]
    try engines[0].component("api").force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "news"))
    await wait { listeners.allSatisfy(\.isCircuitOpen) }
    try await close()
  }

  @Test func `counts of one process never undo a transition of the other`() async throws {
    let engines = try await engines()
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    // Whether or not the second process has polled, its first failure must not write the circuit closed.
    await fail(api[1], times: 1)
    for ledger in ledgers { try await ledger.flush() }
    #expect(try await ledgers[0].breakers.all().first?.state == .open)
    try await close()
  }

  @Test func `a component created later starts with the other process's changes`() async throws {
    let engines = try await engines()
    await fail(engines[0].component("api"), times: 2)
    // A component that the second engine knows shows when the news has come.
    let probe = engines[1].component("probe")
    try engines[0].component("probe").force(CircuitOverride(kind: .forcedOpen, actor: "test", reason: "news"))
    await wait { probe.isCircuitOpen }
    #expect(engines[1].component("api").isCircuitOpen)
    try await close()
  }
}
