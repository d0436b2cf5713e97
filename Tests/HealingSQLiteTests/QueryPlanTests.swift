import Foundation
import Healing
import HealingMigrations
import HealingQueries
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// No read goes through a table of history: its cost does not follow the ledger's age.
@Suite struct QueryPlanTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private typealias Read = @Sendable (SQLiteLedgerReader) async throws -> Void

  private static let range = LedgerRange(
    since: Timestamp(microseconds: 1_780_000_000_000_000),
    until: Timestamp(microseconds: 1_780_086_400_000_000))

  /// Every method of the repositories, with and without a component and a range.
  private static let reads: [(name: String, read: Read)] = [
    ("BreakerRepository.all", { _ = try await $0.breakers.all() }),
    ("BreakerRepository.find", { _ = try await $0.breakers.find("quiet") }),
    ("BreakerRepository.unusual", { _ = try await $0.breakers.unusual() }),
    ("BreakerRepository.names", { _ = try await $0.breakers.names() }),
    (
      "BreakerRepository.transitions",
      {
        _ = try await $0.breakers.transitions(component: nil, limit: 10)
        _ = try await $0.breakers.transitions(component: "busy", limit: 10)
        _ = try await $0.breakers.transitions(range, component: nil, limit: 10)
        _ = try await $0.breakers.transitions(range, component: "busy", limit: 10)
      }
    ),
    ("ComponentRepository.all", { _ = try await $0.components.all() }),
    ("ComponentRepository.find", { _ = try await $0.components.find("quiet") }),
    ("ProcessRepository.recent", { _ = try await $0.processes.recent(limit: 10) }),
    ("ErrorRepository.find", { _ = try await $0.errors.find(LedgerID(rawValue: 7)) }),
    (
      "ErrorRepository.recent",
      {
        _ = try await $0.errors.recent(component: nil, limit: 10)
        _ = try await $0.errors.recent(component: "busy", limit: 10)
      }
    ),
    (
      "RecoveryRepository.recent",
      {
        for component in [nil, "busy", "quiet"] as [ComponentName?] {
          _ = try await $0.recoveries.recent(.all, component: component, limit: 10)
          _ = try await $0.recoveries.recent(range, component: component, limit: 10)
          _ = try await $0.recoveries.recent(
            LedgerRange(since: range.until), component: component, limit: 10)
        }
      }
    ),
    (
      "RecoveryRepository.statistics",
      {
        _ = try await $0.recoveries.statistics(.all, component: nil)
        _ = try await $0.recoveries.statistics(range, component: "busy")
      }
    ),
    (
      "RejectionRepository.recent",
      {
        _ = try await $0.rejections.recent(component: nil, limit: 10)
        _ = try await $0.rejections.recent(component: "busy", limit: 10)
      }
    ),
    (
      "RejectionRepository.byOperation",
      {
        _ = try await $0.rejections.byOperation(.all, component: nil)
        _ = try await $0.rejections.byOperation(range, component: "busy")
      }
    ),
    (
      "HealthSampleRepository.recent",
      {
        _ = try await $0.samples.recent(component: nil, limit: 10)
        _ = try await $0.samples.recent(component: "busy", limit: 10)
      }
    ),
    (
      "HealthSampleRepository.rates",
      {
        _ = try await $0.samples.rates(.all, component: nil)
        _ = try await $0.samples.rates(range, component: "busy")
      }
    ),
    (
      "HealthSampleRepository.windows",
      {
        _ = try await $0.samples.windows(component: nil)
        _ = try await $0.samples.windows(component: "busy")
        _ = try await $0.samples.windows(since: Timestamp(microseconds: 0), component: nil)
      }
    ),
    (
      "HealthCheckRepository.recent",
      {
        _ = try await $0.checks.recent(component: nil, limit: 10)
        _ = try await $0.checks.recent(component: "busy", limit: 10)
      }
    ),
    (
      "HealthCheckRepository.recentAlerts",
      {
        _ = try await $0.checks.recentAlerts(component: nil, limit: 10)
        _ = try await $0.checks.recentAlerts(component: "quiet", limit: 10)
        _ = try await $0.checks.recentAlerts(range, component: nil, limit: 10)
        _ = try await $0.checks.recentAlerts(range, component: "quiet", limit: 10)
      }
    ),
    ("HealthCheckRepository.latestStatuses", { _ = try await $0.checks.latestStatuses() }),
    ("HealthCheckRepository.latestAlerts", { _ = try await $0.checks.latestAlerts() }),
    ("FeedRepository.lastPosition", { _ = try await $0.feed.lastPosition() }),
    ("FeedRepository.lastDeletedPosition", { _ = try await $0.feed.lastDeletedPosition() }),
    (
      "FeedRepository.events",
      {
        // The last ten events of each kind.
        let last = try await $0.feed.lastPosition()
        _ = try await $0.feed.events(after: max(0, last - 50), limit: 10)
        for position in 0..<5 { _ = try await $0.feed.events(after: Int64(position), limit: 1) }
      }
    ),
    ("PolicyRepository.latest", { _ = try await $0.policies.latest() }),
    ("PolicyRepository.changes", { _ = try await $0.policies.changes(after: 0) }),
  ]

  /// Reports on outages. They read what they count, so they take longer on a ledger with more in the range.
  private static let reports: [(name: String, read: Read)] = [
    (
      "OutageRepository.incidents",
      {
        _ = try await $0.incidents()
        _ = try await $0.incidents(range, component: "busy")
      }
    ),
    (
      "OutageRepository.errorGroups",
      {
        _ = try await $0.errorGroups()
        _ = try await $0.errorGroups(range, component: "busy")
      }
    ),
    (
      "OutageRepository.timeline",
      {
        _ = try await $0.timeline()
        _ = try await $0.timeline(range, component: "busy")
      }
    ),
    ("OutageRepository.impact", { _ = try await $0.impact(range) }),
    (
      "OutageRepository.states",
      {
        _ = try await $0.states()
        _ = try await $0.states(at: range.until, component: "busy")
      }
    ),
    ("OutageRepository.releases", { _ = try await $0.releases(range) }),
    ("OutageRepository.attemptEffect", { _ = try await $0.attemptEffect(range) }),
    ("OutageRepository.retryEffect", { _ = try await $0.retryEffect(range) }),
    ("OutageRepository.availability", { _ = try await $0.availability(range) }),
    ("OutageRepository.advice", { _ = try await $0.advice(range) }),
    (
      "OutageRepository.rates",
      { _ = try await $0.rates(range, component: "busy", by: .minute, limit: 10) }
    ),
    (
      "OutageRepository.compareReleases",
      {
        _ = try await $0.compareReleases("1", "2", range)
        // It is read when a release is accused.
        _ = try await $0.readers.read { connection throws(SQLiteError) in
          try ReportQuery<ReleaseDebut>.releaseDebuts.run(on: connection, range, nil)
        }
      }
    ),
    (
      "OutageRepository.postMortem",
      {
        let incidents = try await $0.incidents(range).incidents
        let id = try #require(incidents.first?.id)
        #expect(try await $0.postMortem(of: id, withUsers: true) != nil)
        // A ledger with one incident has no earlier one to compare it with.
        _ = try await $0.readers.read { connection throws(SQLiteError) in
          try ReportQuery<SeenBeforeRow>.seenBefore.compare(
            Timestamp(microseconds: 0)..<Timestamp(microseconds: 1),
            Timestamp(microseconds: 0)..<Timestamp(microseconds: 1), on: connection)
        }
      }
    ),
  ]

  /// Bounded walks: they read from the newest row on, and `LIMIT` ends them.
  private static let walks: Set<String> = [
    ReaderPool.recent(ErrorTable.select, table: "e", ofOne: false),
    ReaderPool.recent(SampleTable.select, table: "h", ofOne: false),
    ReaderPool.recent(CheckTable.select, table: "h", ofOne: false),
    ReaderPool.recent(RejectedCallTable.select, table: "r", ofOne: false),
    ReaderPool.recent(BreakerTable.selectTransitions, table: "t", ofOne: false),
    SampleTable.selectLastOfOne, AlertTable.selectLast(ofOne: false),
  ]

  private static let history = [
    "error", "recovery", "health_sample", "health_check", "rejected_call", "breaker_transition", "alert",
    "gap",
    "feed",
  ]

  /// A ledger with two components: `busy` with `rows` rows in every table of history, and `quiet` with the three
  /// oldest.
  private func makeLedger(rows: Int) async throws -> String {
    let path = folder.path("\(rows).db")
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      INSERT INTO component VALUES (1, 'quiet', 0, 0, 0), (2, 'busy', 0, 0, 0);
      CREATE TEMP TABLE n (i, id, at);
      INSERT INTO n
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
        SELECT i, ((44310400000 + i * 60000) << 22) + 5, 1780000000000000 + i * 60000000 FROM n;
      BEGIN;
      INSERT INTO error SELECT id, at, 1 + (i > 3), 1, 'o', id, 1, 0, 0, 1, 't', 'm', 'f', 'r', NULL,
        iif(i % 2, 'r' || i, NULL), NULL, NULL, 1, NULL, NULL, NULL FROM n;
      INSERT INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected, cancelled,
        caller_errors, stale, duration_sum_us, duration_max_us)
        SELECT id, at, 1 + (i > 3), 1, 0, 1, 0, 0, 0, 0, 0, 1, 1 FROM n;
      INSERT INTO health_check SELECT id, at, 1 + (i > 3), 1, 1, NULL, 0.0, 0, 0, 0, 'm', '[]' FROM n;
      INSERT INTO recovery SELECT id, at, 1 + (i > 3), 1, 'o', id, id, 0, 1, 'succeeded', 1, 1, 'm', NULL, 1,
        iif(i % 2, 'r' || i, NULL), NULL, NULL, NULL FROM n;
      INSERT INTO breaker_transition SELECT id, at, 1 + (i > 3), 1, 0, 1, 'r', 1, 1, NULL, NULL, NULL, NULL FROM n;
      INSERT INTO alert SELECT id, at, 1, 1, 'raised', 2, NULL, 'm', NULL FROM n;
      INSERT INTO rejected_call SELECT id, at, 1 + (i > 3), 1, 'o', 0, NULL, NULL, iif(i % 2, 'r' || i, NULL), NULL
        FROM n;
      INSERT INTO gap SELECT id, at, 2, 1, 'merged', 1 FROM n;
      INSERT INTO feed (kind, id) SELECT i % 4, id FROM n UNION ALL SELECT 4, id FROM n;
      COMMIT;
      """)
    return path
  }

  /// The names of a protocol's methods, as `Protocol.method`, in the source of the repositories.
  private func declaredReads() throws -> Set<String> {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Sources/Healing/Ledger/Protocols/Repositories.swift")
    var (names, owner): (Set<String>, String?) = ([], nil)
    for line in try String(contentsOf: source, encoding: .utf8).split(separator: "\n") {
      if let found = line.firstMatch(of: /^public protocol (\w+)/) { owner = String(found.1) }
      if line.hasPrefix("}") { owner = nil }
      if let owner, let found = line.firstMatch(of: /^  func (\w+)/) { names.insert("\(owner).\(found.1)") }
    }
    return names
  }

  @Test func `the table of reads has every method of the repositories`() throws {
    #expect(Set((Self.reads + Self.reports).map(\.name)) == (try declaredReads()))
  }

  /// Tables of history that a plan goes through, by the names that its statement gives them.
  private func scanned(_ plan: [String], _ sql: String) -> [String] {
    var tables = Dictionary(uniqueKeysWithValues: Self.history.map { ($0, $0) })
    for found in sql.matches(of: /\b(?:FROM|JOIN)\s+(\w+)(?:\s+AS)?\s+(\w+)/) {
      let (table, alias) = (String(found.1), String(found.2))
      if Self.history.contains(table) && alias.count == 1 { tables[alias] = table }
    }
    return plan.compactMap { line in
      guard let found = line.firstMatch(of: /^SCAN (\w+)(.*)/), let table = tables[String(found.1)] else {
        return nil
      }
      // An index that has only a few rows of the table.
      return found.2.contains("feed_alert_position") ? nil : table
    }
  }

  @Test func `no statement of a repository scans a table of history`() async throws {
    let path = try await makeLedger(rows: 100)
    let planner = try Connection(path: path, mode: .readOnly)
    var statements: Set<String> = []
    for (name, read) in Self.reads + Self.reports {
      // A connection keeps a limited number of statements.
      let pool = try ReaderPool(file: LedgerFile(path: path), deadline: nil)
      try await read(SQLiteLedgerReader(readers: pool))
      for sql in pool.preparedStatements.map(\.sql) where !statements.contains(sql) {
        guard ["SELECT", "WITH", "--"].contains(where: sql.hasPrefix) else { continue }
        statements.insert(sql)
        let plan = try planner.rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) }
        let scanned = scanned(plan, sql)
        #expect(scanned.isEmpty || Self.walks.contains(sql), "\(name): \(sql)\n\(plan)")
      }
    }
    // The test sees the statements: each walk, each query file and the last row of an event.
    #expect(statements.isSuperset(of: Self.walks))
    let files = try FileManager.default.contentsOfDirectory(
      atPath: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Queries"
      ).path
    ).filter { $0.hasSuffix(".sql") }
    let queries = [
      Query.overall, .rejections, .byAction, .byComponent, .componentRates, .recentRecoveries,
      .incidents, .errorGroups, .incidentImpact, .incidentTimeline, .stateAt, .releases,
      .attemptEffect, .retryEffect, .availability, .alertEffect, .idleComponents, .rates, .incidentMinutes,
      .incidentTimes, .incidentReach, .incidentUsers, .breakerOpenings, .releaseCompare, .spread, .coverage,
      .differentAbout, .seenBefore, .overrideEffect, .forgottenOverrides,
      .releaseDebuts,
    ]
    #expect(Set(files) == Set(queries.map { "\($0.name).sql" }))
    #expect(queries.filter { !statements.contains($0.sql) }.map(\.name) == [])
    #expect(statements.contains { $0.contains("WHERE e.id = ?") })
  }

  @Test func `a query of the shell finds what one request met by an index`() async throws {
    let planner = try Connection(path: try await makeLedger(rows: 10), mode: .readOnly)
    for (view, table) in [
      ("v_errors", "error"), ("v_recoveries", "recovery"), ("v_rejected_calls", "rejected_call"),
    ] {
      let plan = try planner.rows(
        "EXPLAIN QUERY PLAN SELECT * FROM \(view) WHERE request_id = 'r3'"
      ) { $0.text(3) }
      #expect(plan.contains { $0.contains("INDEX \(table)_by_request (request_id=?)") }, "\(plan)")
    }
  }

  @Test func `a query of the shell finds the errors with a fingerprint by an index`() async throws {
    let planner = try Connection(path: try await makeLedger(rows: 10), mode: .readOnly)
    let plan = try planner.rows(
      "EXPLAIN QUERY PLAN SELECT * FROM v_errors WHERE fingerprint = 'f' ORDER BY id DESC LIMIT 10"
    ) { $0.text(3) }
    #expect(plan.contains { $0.contains("INDEX error_by_fingerprint (fingerprint=?)") }, "\(plan)")
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
  }

  /// Instructions that the pool's connections have run.
  private func steps(of pool: ReaderPool) -> Int64 { pool.preparedStatements.reduce(0) { $0 + $1.steps } }

  @Test func `reads take as many steps on a ledger ten times as old`() async throws {
    var ledgers: [[String: Int64]] = []
    for rows in [2_000, 20_000] {
      let pool = try ReaderPool(file: LedgerFile(path: try await makeLedger(rows: rows)), deadline: nil)
      let reader = SQLiteLedgerReader(readers: pool)
      var taken: [String: Int64] = [:]
      for (name, read) in Self.reads where name != "HealthSampleRepository.recent" {
        let before = steps(of: pool)
        try await read(reader)
        taken[name] = steps(of: pool) - before
      }
      ledgers.append(taken)
    }
    for (name, young) in ledgers[0] {
      let old = ledgers[1][name] ?? .max
      #expect(old <= young * 3 / 2 + 1_000, "\(name): \(young) steps, then \(old)")
    }
  }

  @Test func `the samples of one component are found among the last hundred thousand`() async throws {
    let rows = Int(SampleTable.walkedRows)
    let path = folder.path("samples.db")
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      INSERT INTO component VALUES (1, 'quiet', 0, 0, 0), (2, 'busy', 0, 0, 0);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows + 10))
      INSERT INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected, cancelled,
        caller_errors, stale, duration_sum_us, duration_max_us)
        SELECT i, i, iif(i IN (5, 50, 60), 1, 2), 1, 0, 1, 0, 0, 0, 0, 0, 1, 1 FROM n;
      """)
    let reader = try SQLiteLedgerReader(path: path)
    let found = try await reader.samples.recent(component: "quiet", limit: 10)
    #expect(found.map(\.at.microseconds) == [50, 60])
    #expect(try await reader.samples.recent(component: "quiet", limit: 1).map(\.at.microseconds) == [60])
  }

  @Test func `a range finds recoveries whose ids ran ahead of the clock`() async throws {
    let path = folder.path("ahead.db")
    try await SQLiteLedger(path: path).close()
    let day: Int64 = 86_400_000_000
    let now: Int64 = 1_780_000_000_000_000
    func id(_ at: Int64) -> Int64 { (at / 1_000 - 1_735_689_600_000) << 22 }
    var rows: [(id: Int64, at: Int64)] = (0..<5).map { (id(now + $0 * 60_000_000), now + $0 * 60_000_000) }
    // A clock that was a year ahead: ids continue from there after it was set right.
    for index in 0..<5 as Range<Int64> { rows.append((id(now + 365 * day) + index, now + day + index)) }
    let values = rows.map { "(\($0.id), \($0.at))" }.joined(separator: ", ")
    try Connection(path: path, mode: .readWrite).execute(
      """
      INSERT INTO component VALUES (1, 'a', 0, 0, 0);
      INSERT INTO recovery SELECT column1, column2, 1, 1, 'o', 1, 1, 0, 1, 'succeeded', 1, 1, 'm', NULL, 1, NULL, NULL,
        NULL, NULL FROM (VALUES \(values));
      """)
    let reader = try SQLiteLedgerReader(path: path)
    func found(_ since: Int64?, _ until: Int64?) async throws -> [Int64] {
      let range = LedgerRange(
        since: since.map(Timestamp.init(microseconds:)), until: until.map(Timestamp.init(microseconds:)))
      let all = try await reader.recoveries.recent(range, component: nil, limit: 100)
      let one = try await reader.recoveries.recent(range, component: "a", limit: 100)
      #expect(all == one)
      return all.map(\.at.microseconds)
    }
    #expect(try await found(nil, nil) == rows.map(\.at))
    #expect(try await found(now + day, nil).count == 5)
    #expect(try await found(now + day, now + 2 * day).count == 5)
    #expect(try await found(nil, now + 2 * day).count == 10)
    #expect(try await found(now, now + 120_000_000).count == 2)
    #expect(try await found(now + 60_000_000, nil).count == 9)
    #expect(try await found(-day, now + 1).count == 1)
    #expect(try await found(.min, .max).count == 10)
    #expect(try await found(.max, nil) == [])
    #expect(try await found(nil, .min) == [])
  }
}
