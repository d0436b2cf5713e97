import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// What a round of checks reads from the ledger, which other programs also read.
@Suite struct MonitorRoundTests {
  let time = VirtualTime(jumps: false)

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  /// - Returns: how often a round read each part of the ledger: the first round, and a later one.
  private func reads(components: Int) async throws -> (first: [String: Int], later: [String: Int]) {
    let base = InMemoryLedger(time: time)
    let ledger = CountingLedger(base)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    for index in 0..<components { engine.component(ComponentName("c\(index)")).report(.success) }
    let monitor = try HealthMonitor(engine: engine, options: MonitorOptions(checkInterval: .seconds(10)))
    _ = ledger.takeCounts()
    monitor.start()
    await time.waitForSleepers()
    let first = ledger.takeCounts()
    time.advance(by: .seconds(10))
    await time.waitForSleepers()
    let later = ledger.takeCounts()
    await monitor.stop()
    #expect(try await base.checks.recent(component: nil, limit: .max).count == components)
    return (first, later)
  }

  @Test func `a round reads each table once, however many components there are`() async throws {
    let few = try await reads(components: 3)
    let many = try await reads(components: 600)
    #expect(few.first == many.first && few.later == many.later)
    #expect(many.first == ["components": 1, "samples": 1, "breakers": 1, "policies": 1, "checks": 2])
    #expect(many.later == ["components": 1, "samples": 1, "breakers": 1, "policies": 1])
  }

  /// A ledger whose components cannot be read while a test says so.
  private final class UnreadableLedger: Ledger, ComponentRepository {
    let base: InMemoryLedger
    let problem = Lock<LedgerError?>(nil)

    init(time: any TimeSource) { base = InMemoryLedger(time: time) }

    func all() async throws(LedgerError) -> [ComponentRecord] {
      if let problem = problem.withLock({ $0 }) { throw problem }
      return try await base.components.all()
    }

    var errors: any ErrorRepository { base.errors }
    var samples: any HealthSampleRepository { base.samples }
    var checks: any HealthCheckRepository { base.checks }
    var recoveries: any RecoveryRepository { base.recoveries }
    var breakers: any BreakerRepository { base.breakers }
    var components: any ComponentRepository { self }
    var processes: any ProcessRepository { base.processes }
    var feed: any FeedRepository { base.feed }
    var rejections: any RejectionRepository { base.rejections }
    var policies: any PolicyRepository { base.policies }
    func record(_ sample: CallSample) { base.record(sample) }
    func record(_ entry: LedgerEntry) { base.record(entry) }
    func flush() async throws(LedgerError) { try await base.flush() }
    func makeID() -> LedgerID { base.makeID() }
  }

  @Test
  func `a notice is sent once when a round cannot read the ledger, and once when it can again`()
    async throws
  {
    let ledger = UnreadableLedger(time: time)
    let notices = Lock<[EngineNotice]>([])
    let engine = try await RecoveryEngine(ledger: ledger, time: time) { notice in
      notices.withLock { $0.append(notice) }
    }
    let monitor = try HealthMonitor(engine: engine, options: MonitorOptions(checkInterval: .seconds(10)))
    let problem = LedgerError(.corrupt, ledger: "healing.db", problem: "damaged")
    monitor.start()
    for next in [problem, problem, nil, nil] {
      await time.waitForSleepers()
      ledger.problem.withLock { $0 = next }
      time.advance(by: .seconds(10))
    }
    await time.waitForSleepers()
    await monitor.stop()
    #expect(notices.withLock { $0 } == [.ledgerUnreadable(problem), .ledgerReadable])
    #expect(notices.withLock { $0.allSatisfy { !$0.description.contains("\n") } })
  }

  @Test func `reading the health of one component does not read all`() async throws {
    let ledger = CountingLedger(InMemoryLedger(time: time))
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    engine.component("api").report(Down(), operation: "get")
    let monitor = HealthMonitor(engine: engine)
    #expect(try await monitor.health(of: "api") == (try await monitor.systemHealth()).components.first)
    #expect(try await monitor.health(of: "nobody") == nil)
  }

  @Test func `a round uses the statuses and alerts of earlier processes`() async throws {
    let ledger = InMemoryLedger(time: time)
    func start() async throws -> HealthMonitor {
      let engine = try await RecoveryEngine(ledger: ledger, time: time)
      let monitor = HealthMonitor(engine: engine)
      for name in ["a", "b"] as [ComponentName] {
        for _ in 0..<3 { engine.component(name).report(Down(), operation: "get") }
      }
      monitor.start()
      return monitor
    }
    let first = try await start()
    await time.waitForSleeps(1)
    await first.stop()
    let second = try await start()
    await time.waitForSleeps(2)
    await second.stop()
    let checks = try await ledger.checks.recent(component: "a", limit: 9)
    #expect(checks.map(\.status) == [.critical, .critical])
    #expect(checks.map(\.previousStatus) == [.healthy, nil])
    #expect(try await ledger.checks.recentAlerts(component: nil, limit: 9).map(\.kind) == [.raised, .raised])
  }
}
