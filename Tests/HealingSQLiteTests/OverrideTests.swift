import Foundation
import Healing
import HealingMigrations
import HealingSQLite
import HealingTestSupport
import Testing

/// What operators say in one process, while the circuit moves in another: two ledgers on one file, held up so that both
/// happen before either knows of the other.
@Suite struct OverrideTests {
  let folder: TemporaryFolder
  let time = VirtualTime()
  let ledgers: [SQLiteLedger]

  init() throws {
    let folder = try TemporaryFolder()
    let time = time
    self.folder = folder
    ledgers = try (0..<2).map { _ in try SQLiteLedger(path: folder.path(), time: time) }
  }

  private func components() async throws -> [Component] {
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1))
    var components: [Component] = []
    for ledger in ledgers {
      components.append(
        try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api"))
    }
    return components
  }

  private func close() async throws { for ledger in ledgers { try await ledger.close() } }
  private func flush() async throws { for ledger in ledgers { try await ledger.flush() } }

  private static func trip(_ component: Component) { for _ in 0..<2 { component.report(.failure) } }
  private static func force(_ component: Component, _ kind: CircuitOverride.Kind = .forcedOpen) {
    #expect(throws: Never.self) {
      try component.force(CircuitOverride(kind: kind, actor: "ops", reason: "maintenance"))
    }
  }
  private static func lift(_ component: Component) {
    #expect(throws: Never.self) { try component.liftOverride(actor: "ops") }
  }

  /// Does something in one process and something in the other, a moment later, before either is written.
  private func atOnce(_ first: () -> Void, _ second: () -> Void) async throws {
    try await flush()
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    try lock.withWriteLock { () throws(LedgerError) in
      first()
      time.advance(by: .milliseconds(5))
      second()
      time.advance(by: .milliseconds(5))
    }
    try await flush()
  }

  private func stored() async throws -> BreakerSnapshot? {
    try await ledgers[0].breakers.all().first
  }

  /// Waits, with a limit, until both processes agree with the file.
  private func agree(_ components: [Component]) async throws -> BreakerSnapshot {
    let deadline = ContinuousClock.now + .seconds(300)
    while true {
      let stored = try #require(try await stored())
      let same = components.allSatisfy {
        let own = $0.breakerSnapshot()
        return own?.state == stored.state && own?.override?.kind == stored.override?.kind
      }
      if same { return stored }
      guard ContinuousClock.now < deadline else {
        Issue.record("the file: \(stored); here: \(components.map { $0.breakerSnapshot() as Any })")
        return stored
      }
      await pause()
    }
  }

  @Test(arguments: [true, false], [CircuitOverride.Kind.forcedOpen, .forcedClosed])
  func `an override and a trip in two processes at once are both kept`(
    overrideFirst: Bool, kind: CircuitOverride.Kind
  ) async throws {
    let api = try await components()
    let (force, trip) = ({ Self.force(api[0], kind) }, { Self.trip(api[1]) })
    if overrideFirst { try await atOnce(force, trip) } else { try await atOnce(trip, force) }
    let stored = try await agree(api)
    #expect(stored.override?.kind == kind && stored.override?.actor == "ops")
    #expect(stored.state == .open)
    for component in api { #expect(component.isCircuitOpen == (kind == .forcedOpen)) }
    // The trip continues under the override, and is visible when the override is lifted.
    try api[1].liftOverride(actor: "ops")
    try await flush()
    let after = try await agree(api)
    #expect(after.override == nil && after.state == .open)
    try await close()
  }

  @Test(arguments: [true, false])
  func `lifting an override undoes no reset and no trip of the other process`(liftFirst: Bool)
    async throws
  {
    let api = try await components()
    let lift = { Self.lift(api[0]) }
    let reset = { api[1].resetBreaker(actor: "ops") }
    let trip = { Self.trip(api[1]) }
    Self.force(api[0])
    try await flush()
    _ = try await agree(api)
    if liftFirst { try await atOnce(lift, reset) } else { try await atOnce(reset, lift) }
    let closed = try await agree(api)
    #expect(closed.override == nil && closed.state == .closed)
    if liftFirst { try await atOnce(lift, trip) } else { try await atOnce(trip, lift) }
    let open = try await agree(api)
    #expect(open.override == nil && open.state == .open)
    try await close()
  }

  @Test(arguments: [true, false])
  func `of a reset and a trip in two processes the later one applies`(resetFirst: Bool) async throws {
    let api = try await components()
    let (reset, trip) = ({ api[0].resetBreaker(actor: "ops") }, { Self.trip(api[1]) })
    if resetFirst { try await atOnce(reset, trip) } else { try await atOnce(trip, reset) }
    #expect(try await agree(api).state == (resetFirst ? .open : .closed))
    try await close()
  }

  @Test func `of two concurrent overrides both processes apply the same one`()
    async throws
  {
    let api = try await components()
    try await atOnce({ Self.force(api[0]) }, { Self.force(api[1], .forcedClosed) })
    #expect(try await agree(api).override?.kind == .forcedClosed)
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    for _ in 0..<5 {
      try lock.withWriteLock { () throws(LedgerError) in
        Self.force(api[0])
        Self.force(api[1], .forcedClosed)
      }
      try await flush()
      _ = try await agree(api)
    }
    try await close()
  }

  @Test func `two processes converge with the file after concurrent changes`() async throws {
    let seed = UInt64.random(in: 0...9_999)
    print("seed \(seed)")
    var generator = SplitMix64(seed: seed)
    let api = try await components()
    for round in 0..<15 {
      let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
      try lock.withWriteLock { () throws(LedgerError) in
        for _ in 0..<6 {
          let component = api[Int.random(in: 0..<2, using: &generator)]
          switch Int.random(in: 0..<6, using: &generator) {
          case 0: Self.force(component)
          case 1: Self.force(component, .forcedClosed)
          case 2: Self.lift(component)
          case 3: component.resetBreaker()
          default: component.report(.failure)
          }
          time.advance(by: .milliseconds(1))
        }
      }
      try await flush()
      _ = try await agree(api)
      for component in api { component.resetBreaker() }
      try await flush()
      let stored = try await agree(api)
      try #require(stored.state == .closed && stored.override == nil, "round \(round) seed \(seed)")
    }
    try await close()
  }

  @Test func `counts of one process undo no change of another`() async throws {
    let api = try await components()
    try await atOnce({ Self.force(api[0]) }, { api[1].report(.failure) })
    #expect(try await agree(api).override?.kind == .forcedOpen)
    try api[0].liftOverride()
    try await flush()
    _ = try await agree(api)
    api[0].resetBreaker()
    try await flush()
    try await atOnce({ Self.trip(api[0]) }, { api[1].report(.failure) })
    #expect(try await agree(api).state == .open)
    try await close()
  }

  @Test func `an expired override is not in force and not listed`() async throws {
    let api = try await components()
    let end = time.wallClock() + .seconds(60)
    try api[0].force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "m", expiresAt: end))
    try await flush()
    _ = try await agree(api)
    time.advance(by: .seconds(60))
    for component in api {
      #expect(!component.isCircuitOpen)
      try await component.execute("get") {}
    }
    #expect(try await stored()?.activeOverride(at: time.wallClock()) == nil)
    // A trip after it is a trip and nothing else. What happens within a millisecond has the order of the processes' random
    // numbers, so the trip comes in the next one, and only when both have applied the later of the two probes: a failure
    // that is reported while the other process probes is not counted.
    try await flush()
    let limit = ContinuousClock.now + .seconds(300)
    while let version = try await stored()?.stateVersion,
      !api.allSatisfy({ $0.breakerSnapshot()?.stateVersion == version })
    {
      try #require(ContinuousClock.now < limit, "a process has not applied the stored state")
      await pause()
    }
    time.advance(by: .milliseconds(1))
    Self.trip(api[1])
    try await flush()
    let deadline = ContinuousClock.now + .seconds(300)
    while !api[0].isCircuitOpen && ContinuousClock.now < deadline { await pause() }
    #expect(api[0].isCircuitOpen)
    try await close()
  }

  // MARK: The previous release

  /// As it writes a breaker: with the columns of its schema, an override that it does not know of as NULL.
  private func writeAsBefore(
    _ file: Connection, process: Int64, state: Int64, override: String? = nil, failures: Int64 = 0
  ) throws {
    let row = try file.prepare(
      """
      INSERT INTO breaker (component_id, version, state, failure_count, success_count, consecutive_trips,
        probe_rounds, tripped_at, open_until_at, open_for_us, trip_error_id, last_failure_at, override,
        override_actor, override_reason, override_expires_at, updated_at, process_id, window_calls,
        window_failures, window_slow_calls)
      VALUES (?1, 1, ?2, ?3, 0, 0, 0, NULL, ?7, ?8, NULL, NULL, ?4, ?5, ?5, NULL, 0, ?6, 0, 0, 0)
      ON CONFLICT (component_id) DO UPDATE SET version = version + 1, state = ?2, failure_count = ?3,
        success_count = 0, consecutive_trips = 0, probe_rounds = 0, tripped_at = NULL, open_until_at = ?7,
        open_for_us = ?8, trip_error_id = NULL, last_failure_at = NULL, override = ?4, override_actor = ?5,
        override_reason = ?5, override_expires_at = NULL, updated_at = 0, process_id = ?6,
        window_calls = 0, window_failures = 0, window_slow_calls = 0
      """)
    row.bind(1, try #require(try file.integer("SELECT id FROM component WHERE name = 'api'")))
    row.bind(2, state)
    row.bind(3, failures)
    row.bind(4, override)
    row.bind(5, override == nil ? nil : "ops of before")
    row.bind(6, process)
    row.bind(7, state == 1 ? (time.wallClock() + .seconds(60)).microseconds : nil)
    row.bind(8, state == 1 ? 60_000_000 : nil)
    try row.runAndReset()
  }

  @Test
  func
    `a program of the earlier release still writes, others apply its changes, and its trips undo no override`()
    async throws
  {
    let api = try await components()
    try await flush()
    let file = try Connection(path: folder.path(), mode: .readWrite)
    try file.execute(
      """
      INSERT INTO process (node, host, pid, program, started_at, last_write_at) VALUES (4000, 'h', 1, 'before', 0, 0)
      """)
    let process = try #require(try file.integer("SELECT max(id) FROM process"))
    // Its first row is an open circuit.
    try writeAsBefore(file, process: process, state: 1)
    #expect(try await agree(api).state == .open)
    Self.force(api[0], .forcedClosed)
    try await flush()
    _ = try await agree(api)
    // Counts, a probe and a trip of a program that has not read the override.
    for (state, failures) in [(Int64(1), Int64(3)), (2, 0), (1, 0)] {
      try writeAsBefore(file, process: process, state: state, failures: failures)
      if state == 1 && failures == 3 {
        // The same state: to that program an operator lifted it, or there never was any.
        try writeAsBefore(file, process: process, state: 1, override: "forced_closed", failures: 3)
      }
    }
    #expect(try await stored()?.override?.kind == .forcedClosed)
    #expect(try await stored()?.state == .open)
    // All processes apply its operator's override.
    try writeAsBefore(file, process: process, state: 1, override: "forced_open")
    #expect(try await agree(api).override?.actor == "ops of before")
    try writeAsBefore(file, process: process, state: 0)
    let stored = try await agree(api)
    #expect(stored.state == .closed && stored.override == nil)
    // And what is done here afterwards is later than that.
    Self.force(api[1])
    try await flush()
    #expect(try await agree(api).override?.kind == .forcedOpen)
    try await close()
  }

  @Test func `migrating a ledger keeps its breakers and overrides`()
    async throws
  {
    try await close()
    let path = folder.path("before.db")
    let file = try Connection(path: path, mode: .readWriteCreate)
    let index = try #require(Migration.all.firstIndex { $0.name == "override_version" })
    try Migrator(migrations: Array(Migration.all.prefix(index))).migrate(
      file, ledger: path, now: time.wallClock())
    try file.execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      UPDATE process SET ended_at = 0, end_kind = 'clean'
      """)
    try writeAsBefore(file, process: 1, state: 1, override: "forced_closed", failures: 5)
    let before = try await SQLiteLedgerReader(path: path).breakers.all()
    #expect(before.map(\.override?.kind) == [.forcedClosed])
    let ledger = try SQLiteLedger(path: path, time: time)
    #expect(try await ledger.breakers.all() == before)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    #expect(!engine.component("api").isCircuitOpen)
    try engine.component("api").liftOverride()
    #expect(engine.component("api").isCircuitOpen)
    try await ledger.close()
    #expect(try await SQLiteLedgerReader(path: path).breakers.all().map(\.override) == [nil])
  }
}
