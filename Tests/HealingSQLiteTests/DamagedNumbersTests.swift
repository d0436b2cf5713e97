import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// A number in the file that no program has written: a flipped bit, a repaired database, an import. `make test-damage` tries
/// every column and every value, `make test` a share.
@Suite struct DamagedNumbersTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger with rows in every table, whose tables take any value in any column.
  private func makeLedger() async throws -> String {
    let path = folder.path("loose.db")
    let ledger = try SQLiteLedger(path: path)
    try await DamagedLedger.fill(ledger)
    try await ledger.close()
    try await DamagedLedger.loosen(path)
    return path
  }

  /// Every column with a number, from the file's schema.
  private func numericColumns(_ path: String) throws -> [(table: String, column: String)] {
    let connection = try Connection(path: path, mode: .readOnly)
    return try connection.rows(
      """
      SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('INTEGER', 'REAL')
      """
    ) { ($0.text(0), $0.text(1)) }
  }

  /// A copy of a ledger in which a column of every row has another value.
  private func damaged(_ path: String, _ columns: [(table: String, column: String)], _ value: String) throws
    -> String
  {
    let copy = folder.path("\(UUID().uuidString).db")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    let connection = try Connection(path: copy, mode: .readWrite)
    try connection.execute("PRAGMA ignore_check_constraints = ON")
    for (table, column) in columns {
      // A key that must be unique gets the value in one row; an id takes nothing but integers.
      do throws(SQLiteError) {
        try connection.execute("UPDATE OR IGNORE \(table) SET \(column) = \(value)")
      } catch {
        guard error.isRefusal else { throw error }
      }
    }
    return copy
  }

  /// Reads, evaluates, restores and writes; each step returns a number or throws a `LedgerError`.
  private func use(_ path: String, mayBeRefused: Bool, _ label: Comment) async throws {
    defer {
      for end in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + end) }
    }
    do {
      try await read(SQLiteLedgerReader(path: path), label)
      _ = try await LedgerCheck(path: path).run()
      let ledger = try SQLiteLedger(path: path)
      try await run(RecoveryEngine(ledger: ledger), label)
      do throws(LedgerError) { try await ledger.close() } catch {
        guard error.code == .refused else { throw error }
      }
      // What was restored has been written again.
      let next = try SQLiteLedger(path: path)
      let breaker = try await RecoveryEngine(ledger: next).component("api", policy: DamagedLedger.policy)
      #expect(breaker.breakerSnapshot() != nil, label)
      try await next.close()
    } catch {
      #expect(mayBeRefused && error is LedgerError, "\(label): \(error)")
    }
  }

  private func run(_ engine: RecoveryEngine, _ label: Comment) async throws {
    let monitor = HealthMonitor(engine: engine)
    for name in ["api", "new"] as [ComponentName] {
      let component = try engine.component(name, policy: DamagedLedger.policy)
      for failed in [true, false, true] {
        _ = try? await component.execute("get", fallbacks: [Fallback<Int>("zero") { 0 }]) {
          if failed { throw POSIXError(.ECONNREFUSED) }
          return 1
        }
      }
      if let snapshot = component.breakerSnapshot() {
        #expect(snapshot.remainingWait(at: SystemTimeSource().wallClock()) <= .seconds(86_400), label)
      }
      component.resetMetrics()
      component.resetBreaker()
      component.report(.failure, duration: .milliseconds(3))
      let health = await monitor.check(name)
      #expect(health.map { (0...1).contains($0.errorRate) } ?? true, label)
    }
    // A vocabulary without its words refuses the rows that use them, and says so.
    do throws(LedgerError) { try await engine.ledger.flush() } catch {
      guard error.code == .refused else { throw error }
    }
    let health = try await monitor.systemHealth()
    #expect((0...1).contains(health.errorRate), label)
    for component in health.components {
      #expect((0...1).contains(component.errorRate) && component.responseTime >= .zero, label)
    }
  }

  private func read(_ reader: any LedgerReader, _ label: Comment) async throws(LedgerError) {
    let since = Timestamp(microseconds: 1_000_000)
    for range in [
      LedgerRange.all, LedgerRange(since: since), LedgerRange(since: since, until: since + .seconds(90_000)),
    ] {
      for component in [nil, "api"] as [ComponentName?] {
        let statistics = try await reader.recoveries.statistics(range, component: component)
        #expect((0...1).contains(statistics.overall.successRate), label)
        #expect(statistics.overall.avgDurationMs.isFinite && statistics.overall.failedRecoveries >= 0, label)
        for totals in statistics.byAction.map(\.totals) + statistics.byComponent.map(\.totals) {
          #expect(totals.total >= totals.successful && totals.successful >= 0, label)
          #expect(totals.avgDurationMs.isFinite && totals.maxDurationMs.isFinite, label)
        }
        for rates in try await reader.samples.rates(range, component: component) {
          #expect((0...1).contains(rates.errorRate) && (0...1).contains(rates.successRate), label)
          #expect(rates.totalRequests >= rates.failedRequests && rates.failedRequests >= 0, label)
          #expect(rates.avgResponseTimeMs.isFinite && rates.maxResponseTimeMs.isFinite, label)
        }
        _ = try await reader.recoveries.recent(range, component: component, limit: 1_000)
      }
    }
    var times = try await reader.errors.recent(component: nil, limit: 100).map(\.at)
    times += try await reader.samples.recent(component: nil, limit: 100).map(\.at)
    times += try await reader.checks.recent(component: nil, limit: 100).map(\.at)
    times += try await reader.checks.recentAlerts(component: nil, limit: 100).map(\.at)
    times += try await reader.breakers.transitions(component: nil, limit: 100).map(\.at)
    times += try await reader.processes.recent(limit: 10).map(\.startedAt)
    times += try await reader.components.all().map(\.registeredAt)
    for breaker in try await reader.breakers.all() {
      times += [breaker.updatedAt, breaker.trippedAt, breaker.openUntil, breaker.lastFailureAt].compactMap(
        \.self)
      _ = breaker.remainingWait(at: since)
    }
    for time in times { #expect(Timestamp(iso8601: time.iso8601) != nil, label) }
    _ = try await reader.samples.windows(component: nil)
    _ = try await reader.feed.events(after: try await reader.feed.lastPosition() &- 5, limit: 100)
    _ = try await reader.feed.events(after: 0, limit: 100)
  }

  private static func call(_ outcome: CallOutcome) -> CallSample {
    CallSample(
      component: "api", outcome: outcome, durationNanoseconds: 1_000,
      endedAt: SystemTimeSource().monotonicNanoseconds())
  }

  /// In the tables as they are: a value of the right type, of the wrong size.
  @Test func `the writer continues after a damaged total, and check reports it`() async throws {
    let path = folder.path()
    let first = try SQLiteLedger(path: path)
    first.record(Self.call(.success))
    try await first.close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      UPDATE sample_rollup SET successes = 9223372036854775807, duration_sum_us = -1;
      UPDATE health_window SET successes = 9223372036854775807, epoch = 9223372036854775807;
      UPDATE component SET epoch = 9223372036854775807;
      """)
    #expect(try await LedgerCheck(path: path).run().problem?.code == .corrupt)
    let ledger = try SQLiteLedger(path: path)
    for _ in 0..<3 {
      ledger.record(.metricsReset("api", at: SystemTimeSource().wallClock()))
      ledger.record(Self.call(.failure))
      try await ledger.flush()
    }
    let engine = try await RecoveryEngine(ledger: ledger)
    #expect(try await ledger.components.all().map(\.epoch) == [3])
    #expect(try await ledger.samples.rates(.all, component: "api").map(\.failedRequests) == [1])
    #expect(try await HealthMonitor(engine: engine).health(of: "api")?.totalRequests == 1)
    try await ledger.close()
  }

  /// In the tables as they are: STRICT refuses the sum of the highest integer and one, which is no integer.
  @Test(
    .timeLimit(.minutes(2)), arguments: ["version", "state_version", "override_version", "moved_position"])
  func `a damaged version of a breaker blocks no change of it`(column: String) async throws {
    for value in [Int64.max, Int64.max - 1, Int64.min, LedgerIDGenerator.limit.rawValue] {
      let path = folder.path("\(column)\(value).db")
      let name: ComponentName = "api"
      let first = try SQLiteLedger(path: path)
      try await RecoveryEngine(ledger: first).component(name, policy: DamagedLedger.policy)
        .force(CircuitOverride(kind: .forcedClosed, actor: "ops", reason: "test"))
      try await first.close()
      try Connection(path: path, mode: .readWrite).execute("UPDATE breaker SET \(column) = \(value)")
      let ledger = try SQLiteLedger(path: path)
      let component = try await RecoveryEngine(ledger: ledger).component(name, policy: DamagedLedger.policy)
      let shared = try SQLiteLedger(path: path)
      let other = try await RecoveryEngine(ledger: shared).component(name, policy: DamagedLedger.policy)
      for kind in [CircuitOverride.Kind.forcedOpen, .forcedClosed, .forcedOpen] {
        try component.force(CircuitOverride(kind: kind, actor: "ops", reason: "test"))
        try await ledger.flush()
        #expect(try await ledger.breakers.find(name)?.override?.kind == kind, "\(column) = \(value)")
        while other.breakerSnapshot()?.override?.kind != kind { await pause() }
      }
      component.resetBreaker()
      for _ in 0..<4 { component.report(.failure, duration: .milliseconds(3)) }
      try await ledger.flush()
      let written = try await ledger.breakers.find(name)
      #expect(written?.state == .open && written?.override == nil, "\(column) = \(value)")
      // A program that records without versions is later than the stored version.
      var plain = BreakerSnapshot(component: name, updatedAt: SystemTimeSource().wallClock())
      plain.failureCount = 1
      ledger.record(
        .transition(
          BreakerTransitionRecord(
            id: ledger.makeID(), at: plain.updatedAt, component: name, from: .open, to: .closed,
            reason: "reset", failureCount: 0, consecutiveTrips: 0), plain))
      try await ledger.flush()
      #expect(try await ledger.breakers.find(name)?.state == .closed, "\(column) = \(value)")
      try await shared.close()
      try await ledger.close()
      #expect(
        try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM gap") == 0,
        "\(column) = \(value)")
    }
  }

  @Test func `check reports a sum beyond the integer range as damage and does not fail`() async throws {
    let path = try await makeLedger()
    try Connection(path: path, mode: .readWrite).execute(
      "UPDATE health_sample SET successes = 9223372036854775807")
    let report = try await LedgerCheck(path: path).run()
    #expect(report.problem?.code == .corrupt)
    #expect(report.lines.contains { $0.contains("exceeds the integer range") }, "\(report.lines)")
  }

  @Test(arguments: ["9223372036854775807"])
  func `no damaged number in any column prevents a read, a start or a write`(value: String) async throws {
    let path = try await makeLedger()
    for (table, column) in Sweep.share(of: try numericColumns(path), every: 4) {
      try await use(
        damaged(path, [(table, column)], value), mayBeRefused: table.hasPrefix("migration"),
        "\(table).\(column) = \(value)")
    }
  }

  @Test(
    arguments: Sweep.share(
      of: ["-9223372036854775808", "9e999", "-9e999", "1e300", "'text'", "x'00ff'", "NULL", "-1"], every: 3))
  func `no damaged value in all columns of a table prevents a read, a start or a write`(value: String)
    async throws
  {
    let path = try await makeLedger()
    let columns = Dictionary(grouping: try numericColumns(path), by: \.table)
    for (table, columns) in columns.sorted(by: { $0.key < $1.key }) {
      // Keys alone would hide the rest: what refers to nothing is not read.
      let (keys, others) = columns.partitioned { $0.column == "id" || $0.column.hasSuffix("_id") }
      for (kind, columns) in [("keys", keys), ("figures", others)] where !columns.isEmpty {
        try await use(
          damaged(path, columns, value), mayBeRefused: table.hasPrefix("migration"),
          "\(table), \(kind) = \(value)")
      }
    }
  }
}

extension Array {
  fileprivate func partitioned(_ isFirst: (Element) -> Bool) -> (first: [Element], second: [Element]) {
    (filter(isFirst), filter { !isFirst($0) })
  }
}
