import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What a ledger records of entries that it has no room to keep one by one.
@Suite struct OverloadTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  /// Only overload merges.
  private static let everyRow = SQLiteLedgerOptions(sampleDetail: .everyCall, errorRowsPerSecond: .max)

  init() throws { folder = try TemporaryFolder() }

  /// Records while no row can be stored, closes the ledger and opens the file.
  private func flood(_ record: (SQLiteLedger) -> Void) async throws -> Connection {
    let ledger = try SQLiteLedger(path: folder.path(), options: Self.everyRow, time: time)
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    try lock.withWriteLock { () throws(LedgerError) in
      // The writer takes what is there when it wakes. With this it is held up by the lock from then on.
      ledger.record(.component("held-up"))
      record(ledger)
    }
    try await ledger.close()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
    return try Connection(path: folder.path(), mode: .readOnly)
  }

  private func error(
    _ ledger: SQLiteLedger, _ index: Int, _ classification: ErrorClassification, operation: String = "get",
    component: ComponentName = "api", type: String = "HTTPError", message: String = "the answer was bad"
  ) -> LedgerEntry {
    .error(
      ErrorContext(
        id: ledger.makeID(), at: time.wallClock(), component: component, operation: operation,
        executionID: ledger.makeID(), attempt: 3, classification: classification, type: type,
        message: message, requestID: "r\(index)", userID: "u\(index)", metadata: ["k": "\(index)"]))
  }

  private static let tooMany = ErrorClassification(category: .rateLimit, severity: .low, rule: "http.429")
  private static let down = ErrorClassification(category: .api, severity: .medium, rule: "http.503")

  @Test func `errors that differ in meaning are not merged, and a merged row has no request or user`()
    async throws
  {
    // Each pair has one type and one message, so one fingerprint.
    let pairs: [(String, ErrorClassification, ErrorClassification)] = [
      ("category", Self.tooMany, Self.down),
      (
        "rule", ErrorClassification(category: .api, rule: "http.500"),
        ErrorClassification(category: .api, rule: "http.502")
      ),
      (
        "severity", ErrorClassification(category: .api, severity: .low, rule: "r"),
        ErrorClassification(category: .api, severity: .critical, rule: "r")
      ),
      (
        "transience", ErrorClassification(category: .api, severity: .low, isTransient: true, rule: "r"),
        ErrorClassification(category: .api, severity: .low, isTransient: false, rule: "r")
      ),
    ]
    let count = 5_000
    let file = try await flood { ledger in
      for index in 0..<count {
        for (name, first, second) in pairs {
          ledger.record(error(ledger, index, first, operation: name))
          ledger.record(error(ledger, index, second, operation: name))
        }
      }
    }
    for (name, first, second) in pairs {
      for verdict in [first, second] {
        let counted = try file.integer(
          """
          SELECT sum(occurrences) FROM v_errors WHERE operation = '\(name)' AND rule = '\(verdict.rule)'
            AND category = '\(verdict.category.rawValue)' AND severity = '\(verdict.severity.rawValue)'
            AND transient = \(verdict.isTransient ? 1 : 0)
          """)
        #expect(counted == Int64(count), "\(name): \(verdict)")
      }
    }
    #expect(try file.integer("SELECT count(*) FROM error WHERE occurrences > 1") ?? 0 > 0)
    let blamed = """
      SELECT count(*) FROM error WHERE occurrences > 1 AND (request_id IS NOT NULL OR user_id IS NOT NULL
        OR metadata IS NOT NULL OR execution_id IS NOT NULL OR attempt <> 1)
      """
    #expect(try file.integer(blamed) == 0)
  }

  @Test func `totals by component and category are exact when the queue has no room for more kinds`()
    async throws
  {
    let categories = ErrorCategory.allCases
    let components: [ComponentName] = ["a", "b", "c"]
    let letters = "abcdefghijklmnopqrstuvwxyz".map { String($0) }
    func word(_ number: Int) -> String {
      [number / 676, number / 26 % 26, number % 26].map { letters[$0] }.joined()
    }
    var expected: [String: Int64] = [:]
    let file = try await flood { ledger in
      for index in 0..<30_000 {
        let verdict = ErrorClassification(
          category: categories[index % categories.count],
          severity: ErrorSeverity.allCases[index / 7 % 4], rule: "r")
        let component = components[index % 3]
        expected["\(component) \(verdict.category.rawValue) \(verdict.severity.rawValue)", default: 0] += 1
        // More kinds than the queue distinguishes.
        ledger.record(
          error(
            ledger, index, verdict, component: component, message: "fault of kind \(word(index % 17_576))"))
      }
    }
    let rows = try file.rows(
      "SELECT component || ' ' || category || ' ' || severity, sum(occurrences) FROM v_errors GROUP BY 1"
    ) { ($0.text(0), $0.integer(1)) }
    #expect(Dictionary(uniqueKeysWithValues: rows) == expected)
    // A row for faults of several kinds does not have the words of one.
    #expect(try file.integer("SELECT count(*) FROM error WHERE fingerprint = 'v2:merged'") ?? 0 > 0)
    let mixed = """
      SELECT count(*) FROM (SELECT 1 FROM error WHERE fingerprint <> 'v2:merged' GROUP BY fingerprint
        HAVING count(DISTINCT category) > 1)
      """
    #expect(try file.integer(mixed) == 0)
    let lying = "SELECT count(*) FROM error WHERE fingerprint = 'v2:merged' AND message LIKE '%kind %'"
    #expect(try file.integer(lying) == 0)
    // Each error is a separate row, or the gaps count it.
    let alone = try file.integer("SELECT count(*) FROM error WHERE user_id IS NOT NULL")
    let lost = try file.integer("SELECT sum(events) FROM gap WHERE kind = 'errors_merged'")
    #expect(try #require(alone) + #require(lost) == 30_000)
  }

  @Test
  func `merged recoveries keep attempts, total and longest duration by component, operation and action`()
    async throws
  {
    let count = 30_000
    let file = try await flood { ledger in
      for index in 0..<count {
        for (action, outcome) in [
          (RecoveryAction.retry, RecoveryRecord.Outcome.succeeded), (.fallback, .failed),
        ] {
          ledger.record(
            .recovery(
              RecoveryRecord(
                id: ledger.makeID(), at: time.wallClock(), component: "api",
                operation: index.isMultiple(of: 2) ? "get" : "put", executionID: ledger.makeID(),
                errorID: ledger.makeID(), action: action, outcome: outcome, attempts: 3,
                duration: .milliseconds(index % 100))))
        }
      }
    }
    let all = try file.rows(
      """
      SELECT action, operation, sum(occurrences), sum(attempts), sum(duration_ms) FROM v_recoveries
      GROUP BY 1, 2 ORDER BY 1, 2
      """
    ) { ($0.text(0), $0.text(1), $0.integer(2), $0.integer(3), $0.double(4)) }
    #expect(all.map(\.0) == ["fallback", "fallback", "retry", "retry"])
    #expect(all.map(\.1) == ["get", "put", "get", "put"])
    #expect(all.allSatisfy { $0.2 == count / 2 && $0.3 == count / 2 * 3 })
    let even = (0..<count / 2).reduce(0) { $0 + $1 * 2 % 100 }
    #expect(all.map(\.4) == [Double(even), Double(even + count / 2), Double(even), Double(even + count / 2)])
    let longest = "SELECT max(duration_max_us) FROM recovery_rollup WHERE resolution = 0"
    #expect(try file.integer(longest) == 99_000)
    let blamed = """
      SELECT count(*) FROM recovery WHERE occurrences > 1
        AND (execution_id IS NOT NULL OR error_id IS NOT NULL)
      """
    #expect(try file.integer(blamed) == 0)
    let alone = try file.integer("SELECT count(*) FROM recovery WHERE execution_id IS NOT NULL")
    let lost = try file.integer("SELECT sum(events) FROM gap WHERE kind = 'recoveries_merged'")
    #expect(try #require(alone) + #require(lost) == Int64(2 * count))
  }

  @Test func `recoveries past the limit of operations are exact by component, action and outcome`()
    async throws
  {
    let actions: [RecoveryAction] = [.retry, .fallback, .rollback]
    let file = try await flood { ledger in
      for index in 0..<40_000 {
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: time.wallClock(), component: index.isMultiple(of: 2) ? "a" : "b",
              operation: "operation \(index)", executionID: ledger.makeID(), action: actions[index % 3],
              outcome: index.isMultiple(of: 5) ? .failed : .succeeded, attempts: 2,
              duration: .milliseconds(7))))
      }
    }
    let rows = try file.rows(
      """
      SELECT component || ' ' || action || ' ' || outcome, sum(occurrences), sum(attempts), sum(duration_ms)
      FROM v_recoveries GROUP BY 1
      """
    ) { ($0.text(0), $0.integer(1), $0.integer(2), $0.double(3)) }
    #expect(rows.count == 12)
    for (group, total, attempts, duration) in rows {
      let isExact = attempts == 2 * total && duration == Double(7 * total)
      #expect(isExact, "\(group): \(total), \(attempts), \(duration)")
    }
    #expect(rows.reduce(0) { $0 + $1.1 } == 40_000)
    #expect(rows.filter { $0.0.hasSuffix("failed") }.reduce(0) { $0 + $1.1 } == 8_000)
    #expect(try file.integer("SELECT max(duration_max_us) FROM recovery_rollup") == 7_000)
    let alone = try file.integer("SELECT count(*) FROM recovery WHERE execution_id IS NOT NULL")
    let lost = try file.integer("SELECT sum(events) FROM gap WHERE kind = 'recoveries_merged'")
    #expect(try #require(alone) + #require(lost) == 40_000)
  }

  @Test func `each failed attempt counts once as an error and once as a call`()
    async throws
  {
    struct Refused: SelfClassifyingError { var errorCategory: ErrorCategory? { .network } }
    let ledger = try SQLiteLedger(path: folder.path(), options: Self.everyRow, time: time)
    let policy = ComponentPolicy(retry: nil, breaker: nil)
    let component = try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    let count = 70_000
    try lock.withWriteLock { () throws(LedgerError) in
      for _ in 0..<count { component.report(Refused(), operation: "get") }
    }
    try await ledger.close()
    let file = try Connection(path: folder.path(), mode: .readOnly)
    #expect(try file.integer("SELECT sum(occurrences) FROM error") == Int64(count))
    #expect(try file.integer("SELECT sum(failures) FROM health_sample") == Int64(count))
    #expect(
      try file.integer("SELECT sum(failures) FROM sample_rollup WHERE resolution = 0") == Int64(count))
  }

  /// More entries than any queue holds, none of which can be merged.
  private func overfill(_ ledger: SQLiteLedger, _ transitions: Int = 70_000) {
    for index in 0..<transitions {
      var snapshot = BreakerSnapshot(component: "busy", updatedAt: time.wallClock())
      snapshot.revision = UInt64(index + 1)
      ledger.record(
        .transition(
          BreakerTransitionRecord(
            id: ledger.makeID(), at: time.wallClock(), component: "busy", from: .closed, to: .open,
            reason: "reset", failureCount: index, consecutiveTrips: 1), snapshot))
    }
  }

  @Test func `dropped entries are counted, and required entries are kept`() async throws {
    let path = folder.path()
    let before = try SQLiteLedger(path: path, time: time)
    let executions = (0..<1_000).map { _ in before.makeID() }
    func start(_ execution: LedgerID) -> LedgerEntry {
      .recoveryStarted(
        RecoveryStart(
          executionID: execution, at: time.wallClock(), component: "api", operation: "o", action: .retry,
          errorID: nil))
    }
    try await before.close()
    let ledger = try SQLiteLedger(path: path, time: time)
    for execution in executions { ledger.record(start(execution)) }
    for name in ["gone", "back"] as [ComponentName] { ledger.record(.component(name)) }
    ledger.record(CallSample(component: "api", outcome: .failure, durationNanoseconds: 1, endedAt: 0))
    try await ledger.flush()
    let lock = try LedgerLock(file: LedgerFile(path: path))
    let now = time.wallClock()
    time.advance(by: .seconds(1))
    let dropped = (starts: 300, checks: 200, alerts: 100)
    try lock.withWriteLock { () throws(LedgerError) in
      // Twice as much as there is room for, since the writer may take it all at any time once.
      overfill(ledger)
      overfill(ledger)
      for execution in executions.prefix(500) { ledger.record(.recoveryEnded(execution)) }
      for execution in executions.suffix(500) {
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: now, component: "api", operation: "o", executionID: execution,
              action: .retry, outcome: .succeeded, attempts: 2, duration: .zero)))
      }
      for _ in 0..<3 { ledger.record(.metricsReset("api", at: time.wallClock())) }
      ledger.record(.component("new"))
      for name in ["gone", "back", "back"] as [ComponentName] {
        ledger.record(.component(name))
        ledger.record(.forgotten(name, id: ledger.makeID(), at: time.wallClock(), actor: "ops"))
      }
      ledger.record(.component("back"))
      for _ in 0..<dropped.starts { ledger.record(start(ledger.makeID())) }
      for _ in 0..<dropped.checks {
        ledger.record(
          .check(
            HealthCheckRecord(
              id: ledger.makeID(), at: now, component: "api", status: .healthy, errorRate: 0,
              totalRequests: 0, failedRequests: 0, responseTime: .zero, message: "")))
      }
      for _ in 0..<dropped.alerts {
        ledger.record(
          .alert(
            AlertRecord(
              id: ledger.makeID(), at: now, component: "api", kind: .raised, status: .critical,
              previousStatus: nil, message: "m")))
      }
    }
    try await ledger.flush()
    let file = try Connection(path: path, mode: .readOnly)
    #expect(try file.integer("SELECT count(*) FROM recovery_in_progress") == 0)
    #expect(try file.integer("SELECT count(*) FROM component WHERE name = 'new'") == 1)
    #expect(try file.integer("SELECT epoch FROM component WHERE name = 'api'") == 3)
    let known = try await ledger.components.all()
    #expect(!known.contains { $0.name == "gone" })
    // Forgotten twice for which there was room for one.
    #expect(known.first { $0.name == "back" }?.epoch == 1)
    #expect(try await ledger.samples.rates(.all, component: "api").isEmpty)
    func gap(_ kind: String) throws -> Int64 {
      try file.integer("SELECT coalesce(sum(events), 0) FROM gap WHERE kind = '\(kind)'") ?? 0
    }
    #expect(try gap("starts_dropped") == Int64(dropped.starts))
    #expect(try gap("checks_dropped") == Int64(dropped.checks))
    #expect(try gap("alerts_dropped") == Int64(dropped.alerts))
    #expect(try gap("component_changes_dropped") == 1)
    let transitions = try file.integer("SELECT count(*) FROM breaker_transition") ?? 0
    #expect(transitions < 140_000)
    #expect(try transitions + gap("transitions_dropped") == 140_000)
    try await ledger.close()
    // Nothing that has ended is taken for interrupted.
    let next = try SQLiteLedger(path: path, time: time)
    #expect(try file.integer("SELECT count(*) FROM recovery WHERE outcome = 'interrupted'") == 0)
    try await next.close()
  }

  @Test func `calls that were merged before a reset do not count after it`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), options: Self.everyRow, time: time)
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    func calls(_ outcome: CallOutcome, _ count: Int) {
      for _ in 0..<count {
        ledger.record(
          CallSample(
            component: "api", outcome: outcome, durationNanoseconds: 1, endedAt: time.monotonicNanoseconds()))
        ledger.record(
          .sample(
            HealthSample(component: "api", at: time.wallClock(), outcome: outcome, duration: .zero)))
      }
    }
    try lock.withWriteLock { () throws(LedgerError) in
      calls(.failure, 150_000)
      time.advance(by: .seconds(1))
      ledger.record(.metricsReset("api", at: time.wallClock()))
      time.advance(by: .seconds(1))
      calls(.success, 150_000)
    }
    try await ledger.flush()
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.totalRequests == 300_000)
    #expect(rates.failedRequests == 0)
    try await ledger.close()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `each interrupted recovery is one row, also when there are more than a queue holds`()
    async throws
  {
    let path = folder.path()
    let count = 20_000
    let ledger = try SQLiteLedger(path: path, time: time)
    for index in 0..<count {
      ledger.record(
        .recoveryStarted(
          RecoveryStart(
            executionID: ledger.makeID(), at: time.wallClock(), component: "api", operation: "o",
            action: .retry, errorID: nil)))
      if index.isMultiple(of: 4_000) { try await ledger.flush() }
    }
    try await ledger.close()
    let file = try Connection(path: path, mode: .readOnly)
    for _ in 0..<2 {
      try await SQLiteLedger(path: path, time: time).close()
      let marked = "SELECT count(*) FROM recovery WHERE outcome = 'interrupted' AND occurrences = 1"
      #expect(try file.integer(marked) == Int64(count))
    }
    #expect(try file.integer("SELECT count(*) FROM recovery_in_progress") == 0)
  }
}
