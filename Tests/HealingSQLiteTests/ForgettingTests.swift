import Healing
import HealingMigrations
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// Components that processes on one file make known and forget; here two ledgers on one file.
@Suite struct ForgettingTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func open() throws -> SQLiteLedger {
    try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(sampleDetail: .everyCall), time: time)
  }

  private func engine(_ ledger: SQLiteLedger, limit: Int = 100) async throws -> RecoveryEngine {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1))
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time, componentLimit: limit)
  }

  private func fail(_ component: Component, times: Int) async {
    for _ in 0..<times { try? await component.execute("get") { throw Refused() } }
  }

  private func wait(until condition: () -> Bool) async { while !condition() { await pause() } }

  private func connection() throws -> Connection { try Connection(path: folder.path(), mode: .readOnly) }

  @Test func `a component forgotten by one process is forgotten in the other, also after a restart`()
    async throws
  {
    let ledgers = [try open(), try open()]
    let engines = [try await engine(ledgers[0]), try await engine(ledgers[1])]
    let api = engines.map { $0.component("api") }
    await fail(api[0], times: 2)
    await wait { api[1].isCircuitOpen }
    let totals = try await engines[0].statistics()
    #expect(engines[0].forget("api", actor: "ops"))
    await wait { !api[1].isCircuitOpen }
    await wait { engines[1].components.isEmpty }
    #expect(api[1].windowSummary().total == 0)
    try await ledgers[0].flush()
    for ledger in ledgers {
      #expect(try await ledger.components.all().isEmpty)
      #expect(try await ledger.components.find("api") == nil)
      #expect(try await ledger.breakers.all().isEmpty)
      #expect(try await ledger.samples.windows(component: nil).isEmpty)
      #expect(try await ledger.recoveries.statistics(.all, component: nil) == totals)
      #expect(try await ledger.errors.recent(component: "api", limit: 9).count == 2)
      try await ledger.close()
    }
    let again = try open()
    let restarted = try await engine(again)
    #expect(try await again.components.all().isEmpty)
    #expect(!restarted.component("api").isCircuitOpen)
    #expect(restarted.component("api").windowSummary().total == 0)
    #expect(try await restarted.statistics() == totals)
    try await again.close()
    let rows = try connection().rows("SELECT component, kind, actor FROM v_component_changes ORDER BY id") {
      [$0.text(0), $0.text(1), $0.optionalText(2) ?? "-"]
    }
    #expect(rows == [["api", "forgotten", "ops"], ["api", "known_again", "-"]])
  }

  @Test func `old and new handles share the circuit again after a component was forgotten`() async throws {
    let ledgers = [try open(), try open()]
    let engines = [try await engine(ledgers[0]), try await engine(ledgers[1])]
    let api = engines.map { $0.component("api") }
    for round in 0..<6 {
      let (one, other) = (round % 2, 1 - round % 2)
      await fail(api[one], times: 2)
      await wait { api[other].isCircuitOpen }
      engines[other].forget("api")
      #expect(!api[other].isCircuitOpen)
      await wait { !api[one].isCircuitOpen }
      #expect(try await api[one].execute("get") { 1 } == 1, "\(round)")
      await ledgers[one].waitUntil { try await $0.components.find("api") != nil }
    }
    for ledger in ledgers { try await ledger.close() }
  }

  @Test func `an engine ignores its own forgetting in the feed and keeps later state`() async throws {
    let ledgers = [try open(), try open()]
    let engines = [try await engine(ledgers[0]), try await engine(ledgers[1])]
    let own = engines[0].component("api")
    // Called after the engine's own.
    let heard = Lock(0)
    _ = try ledgers[0].watchComponents { changes in
      let count = changes.count { if case .forgotten = $0 { true } else { false } }
      heard.withLock { $0 += count }
    }
    for round in 1...10 {
      engines[0].forget("api")
      await fail(own, times: 2)
      await wait { heard.withLock { $0 } == round }
      #expect(own.isCircuitOpen)
      await wait { engines[1].component("api").isCircuitOpen }
    }
    for ledger in ledgers { try await ledger.close() }
  }

  @Test func `a process that has not polled yet does not restore a forgotten component`() async throws {
    let ledgers = [try open(), try open()]
    let forgetting = try await engine(ledgers[0])
    _ = forgetting.component("api")
    try await ledgers[0].flush()
    forgetting.forget("api")
    try await ledgers[0].flush()
    var late = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    late.state = .open
    late.openUntil = time.wallClock() + .seconds(60)
    late.openFor = .seconds(60)
    ledgers[1].record(
      .transition(
        BreakerTransitionRecord(
          id: ledgers[1].makeID(), at: time.wallClock(), component: "api", from: .closed, to: .open,
          reason: "failure_threshold", failureCount: 2, consecutiveTrips: 1), late))
    ledgers[1].record(
      .sample(HealthSample(component: "api", at: time.wallClock(), outcome: .failure, duration: .zero)))
    try await ledgers[1].flush()
    #expect(try await ledgers[0].components.all().isEmpty)
    #expect(try await ledgers[0].breakers.all().isEmpty)
    // What came late is gone when it is called again.
    let api = forgetting.component("api")
    try await ledgers[0].flush()
    #expect(try await ledgers[0].breakers.all().isEmpty)
    #expect(!api.isCircuitOpen)
    #expect(try await ledgers[0].samples.windows(component: "api").isEmpty)
    #expect(try await ledgers[0].samples.recent(component: "api", limit: 9).count == 1)
    for ledger in ledgers { try await ledger.close() }
  }

  @Test func `forgetting an unknown component creates nothing`() async throws {
    let ledger = try open()
    #expect(try await engine(ledger).forget("nobody") == false)
    try await ledger.close()
    #expect(try connection().integer("SELECT count(*) FROM component") == 0)
    #expect(try connection().integer("SELECT count(*) FROM component_change") == 0)
  }

  @Test func `forgetting and a call in one batch apply in their order`() async throws {
    let ledger = try open()
    let engine = try await engine(ledger)
    // Nothing is written before the lock is free: all of it is one batch.
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    try lock.withWriteLock { () throws(LedgerError) in
      for (name, isForgottenLast) in [("a", true), ("b", false)] {
        let component = engine.component(ComponentName(name))
        component.report(.failure)
        component.report(.failure)
        engine.forget(ComponentName(name))
        component.report(.success)
        if isForgottenLast { engine.forget(ComponentName(name)) }
      }
    }
    try await ledger.flush()
    #expect(try await ledger.components.all().map(\.name) == ["b"])
    #expect(try await ledger.breakers.all().isEmpty, "what tripped was forgotten")
    #expect(try await ledger.samples.recent(component: nil, limit: 9).count == 6)
    #expect(!engine.component("b").isCircuitOpen)
    try await ledger.close()
    let check = try await LedgerCheck(path: folder.path()).run()
    #expect(check.problem == nil, "\(check.lines)")
  }

  // MARK: Limits

  @Test func `an engine accepts a name that another process registered`() async throws {
    let ledgers = [try open(), try open()]
    let engines = [try await engine(ledgers[0]), try await engine(ledgers[1], limit: 1)]
    _ = engines[1].component("own")
    #expect(!engines[1].component("other").isProtected)
    _ = engines[0].component("other")
    await wait { engines[1].component("other").isProtected }
    // That the second uses it, too, is durable before it is forgotten: afterwards it would make it known again.
    try await ledgers[1].flush()
    engines[0].forget("other")
    await wait { !engines[1].component("other").isProtected }
    _ = engines[0].component("other")
    await wait { engines[1].component("other").isProtected }
    for ledger in ledgers { try await ledger.close() }
  }

  @Test func `unprotected calls are counted exactly in gaps, with no component`() async throws {
    let ledger = try open()
    let engine = try await engine(ledger, limit: 1)
    _ = engine.component("known")
    await withTaskGroup { group in
      for task in 0..<4 {
        group.addTask {
          for index in 0..<500 {
            try? await engine.execute("get", on: ComponentName("new-\(task)-\(index)")) {
              if index.isMultiple(of: 3) { throw Refused() }
            }
          }
        }
      }
    }
    #expect(engine.unprotectedCalls == 2_000)
    try await ledger.close()
    let gaps = try connection().rows("SELECT component, kind, sum(events) FROM v_gaps GROUP BY 1, 2") {
      ($0.isNull(0), $0.text(1), $0.integer(2))
    }
    #expect(gaps.count == 1)
    #expect(gaps.first.map { $0.0 && $0.1 == "components_refused" && $0.2 == 2_000 } == true)
    #expect(try connection().integer("SELECT count(*) FROM component") == 1)
    #expect(try connection().integer("SELECT count(*) FROM error") == 0)
  }

  // MARK: Names of samples

  @Test(.timeLimit(.minutes(3)))
  func `every call is counted for its own component while components come and go`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(sampleDetail: .everyCall))
    let engine = try await RecoveryEngine(ledger: ledger)
    let (tasks, rounds) = (4, 500)
    await withTaskGroup { group in
      for task in 0..<tasks {
        group.addTask {
          for round in 0..<rounds {
            let name = ComponentName("come-and-go-\(task)-\(round)")
            for _ in 0...round % 5 { try? await engine.execute("get", on: name) {} }
            engine.forget(name)
          }
        }
      }
    }
    try await ledger.close()
    let calls = try connection().rows(
      "SELECT component, count(*), sum(successes) FROM v_samples GROUP BY 1"
    ) {
      ($0.text(0), $0.integer(1), $0.integer(2))
    }
    #expect(calls.count == tasks * rounds)
    for (name, rows, successes) in calls {
      let round = name.split(separator: "-").last.flatMap { Int64($0) } ?? -1
      #expect(rows == round % 5 + 1 && successes == rows, "\(name)")
    }
    // Numbers are given back: queues of other tests hold them for a while.
    await wait { !ComponentSlots.shared.names.contains { $0.text.hasPrefix("come-and-go-") } }
  }

  @Test func `queued calls keep their names when their components are released`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(sampleDetail: .everyCall))
    let engine = try await RecoveryEngine(ledger: ledger)
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    // More calls than the queue keeps one by one: they are merged by component meanwhile.
    let (names, calls) = (40, 2_000)
    try lock.withWriteLock { () throws(LedgerError) in
      for index in 0..<names {
        let component = engine.component(ComponentName("first-\(index)"))
        for _ in 0..<calls { component.report(.success) }
        engine.forget(component.name)
      }
      for index in 0..<names { engine.component(ComponentName("second-\(index)")).report(.failure) }
    }
    try await ledger.close()
    let counts = try connection().rows(
      "SELECT component, sum(successes), sum(failures) FROM v_samples GROUP BY 1"
    ) {
      ($0.text(0), $0.integer(1), $0.integer(2))
    }
    #expect(counts.count == 2 * names)
    for (name, successes, failures) in counts {
      let isFirst = name.hasPrefix("first")
      #expect(successes == (isFirst ? Int64(calls) : 0) && failures == (isFirst ? 0 : 1), "\(name)")
    }
  }

  // MARK: Other releases

  @Test func `a ledger from before components could be forgotten is read`() async throws {
    let path = folder.path()
    let connection = try Connection(path: path, mode: .readWriteCreate)
    try Migrator(migrations: Array(Migration.all.prefix { $0.name != "forget" })).migrate(
      connection, ledger: path, now: time.wallClock())
    try connection.execute(
      """
      INSERT INTO component (name, registered_at, epoch_started_at) VALUES ('api', 1, 1);
      INSERT INTO health_window VALUES (1, 0, 10000000, 0, 1, 0, 0, 5);
      """)
    let reader = try SQLiteLedgerReader(path: path)
    #expect(try await reader.components.all().map(\.name) == ["api"])
    #expect(try await reader.components.find("api")?.name == "api")
    #expect(try await reader.breakers.all().isEmpty)
    #expect(
      try await reader.samples.windows(since: Timestamp(microseconds: 0), component: nil).count == 1)
  }

  @Test func `rows of an earlier release are stored after the migration`() async throws {
    let ledger = try open()
    try await ledger.close()
    let connection = try Connection(path: folder.path(), mode: .readWrite)
    // The statements of the release before, word for word where they have no column names.
    try connection.execute(
      """
      INSERT INTO process (node, host, pid, program, release, started_at, last_write_at)
        VALUES (7, 'h', 1, 'before', NULL, 1, 1);
      INSERT INTO component (name, registered_at, epoch_started_at) VALUES ('api', 1, 1);
      INSERT INTO health_window VALUES (1, 3, 10000000, 0, 1, 0, 0, 5) ON CONFLICT DO UPDATE SET
        bucket_at = excluded.bucket_at;
      INSERT INTO sample_rollup VALUES (0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 5, 1, 0, 0, 0, 0, 0);
      INSERT INTO recovery_rollup VALUES (0, 0, 1, 0, 1, 1, 1, 1, 1);
      """)
    #expect(try await SQLiteLedgerReader(path: folder.path()).components.all().map(\.name) == ["api"])
  }

  // MARK: Windows

  @Test func `windows are read by time`() async throws {
    let ledger = try open()
    for index in 0..<50 {
      ledger.record(
        .sample(
          HealthSample(
            component: ComponentName("old-\(index)"), at: time.wallClock(), outcome: .success, duration: .zero
          )))
    }
    try await ledger.flush()
    time.advance(by: .seconds(3_600))
    ledger.record(
      .sample(HealthSample(component: "new", at: time.wallClock(), outcome: .success, duration: .zero)))
    try await ledger.flush()
    let since = time.wallClock() + .seconds(-310)
    #expect(
      try await ledger.samples.windows(since: since, component: nil).map(\.component) == ["new"])
    #expect(try await ledger.samples.windows(component: nil).count == 51)
    try await ledger.close()
    let plan = try connection().rows(
      """
      EXPLAIN QUERY PLAN SELECT c.name FROM health_window w
      JOIN component c ON c.id = w.component_id AND c.epoch = w.epoch WHERE w.bucket_at >= 1
      """
    ) {
      $0.text(3)
    }
    #expect(plan.contains { $0.contains("health_window_by_time") }, "\(plan)")
  }
}
