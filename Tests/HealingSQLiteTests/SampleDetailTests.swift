import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// How many rows calls and errors have with each option, and that every total is the same with all of them.
@Suite struct SampleDetailTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Makes the same calls with each option: some components busy, some calm, with failures, retries, rejected calls
  /// and a reset of metrics.
  private func load(_ name: String, _ detail: SQLiteLedgerOptions.SampleDetail) async throws -> Connection {
    let time = VirtualTime()
    let path = folder.path(name)
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(sampleDetail: detail), time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .milliseconds(1), jitter: .none),
        breaker: CircuitBreakerOptions(failureThreshold: 8, openDuration: .seconds(2))), time: time, seed: 1)
    let components = (0..<5).map { engine.component(ComponentName("c\($0)")) }
    var generator = SplitMix64(seed: 7)
    for step in 0..<24_000 {
      // Component 4 is called once in two seconds, the others 200 times a second.
      let component = components[step.isMultiple(of: 2_000) ? 4 : Int.random(in: 0..<4, using: &generator)]
      let mode = Int.random(in: 0..<100, using: &generator)
      var isFirst = true
      _ = try? await component.execute("call") {
        defer { isFirst = false }
        if mode < 2 && isFirst || mode == 50 || (9_000..<9_100).contains(step) {
          throw POSIXError(.ECONNREFUSED)
        }
        if mode == 51 { throw CancellationError() }
        time.advance(by: .microseconds(10 << (mode % 12)))
      }
      if step == 15_000 { components[1].resetMetrics() }
      time.advance(by: .milliseconds(1))
      // Under load the queue would merge calls, and with them their times.
      while ledger.status.unwrittenEvents > 30_000 { await pause() }
    }
    try await ledger.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
    let connection = try Connection(path: path, mode: .readOnly)
    #expect(try connection.integer("SELECT count(*) FROM gap") == 0)
    return connection
  }

  private func contents(_ connection: Connection, _ table: String) throws -> [String] {
    let columns = try connection.rows("SELECT name FROM pragma_table_info('\(table)')") { $0.text("name") }
    // A component's number depends on the batch that has its first entry.
    let all = columns.map { $0 == "component_id" ? "name" : "t.\($0)" }.joined(separator: " || ' ' || ")
    return try connection.rows(
      "SELECT \(all) AS line FROM \(table) t JOIN component c ON c.id = t.component_id ORDER BY 1"
    ) { $0.text("line") }
  }

  @Test func `every total is the same with each detail, and a busy component costs a row a second`()
    async throws
  {
    let every = try await load("every", .everyCall)
    let start = ContinuousClock.now
    let limited = try await load("limited", .limited(rowsPerSecond: 1))
    let merged = try await load("merged", .merged)
    let realSeconds = (ContinuousClock.now - start).components.seconds
    for table in ["sample_rollup", "outcome_rollup", "rejection_rollup", "recovery_rollup", "health_window"] {
      let expected = try contents(every, table)
      #expect(!expected.isEmpty, "\(table)")
      #expect(try contents(limited, table) == expected, "\(table)")
      #expect(try contents(merged, table) == expected, "\(table)")
    }
    let calls = """
      SELECT sum(successes + failures + rejected + cancelled + caller_errors) FROM health_sample
      """
    let total = try every.integer(calls)
    #expect(try limited.integer(calls) == total && merged.integer(calls) == total)
    #expect(try every.integer("SELECT count(*) FROM health_sample") == total)
    for connection in [limited, merged] {
      // A second in which a component was called, and more rows where it became busy or was reset. The writer also writes
      // all calls that wait for longer than a second of real time: two rows more for each of five components.
      let rows = try #require(try connection.integer("SELECT count(*) FROM health_sample"))
      let seconds = try #require(
        try every.integer(
          "SELECT count(*) FROM (SELECT DISTINCT component_id, at / 1000000 FROM health_sample)"))
      #expect(
        rows <= seconds * 3 / 2 + 20 + 10 * realSeconds && rows * 5 < total ?? 0,
        "\(rows) rows in \(seconds) seconds of components")
    }
    #expect(
      try limited.integer(
        "SELECT count(*) FROM v_samples WHERE component = 'c4' AND successes + failures + rejected > 1") == 0)
  }

  @Test func `errors past their rate share a row, and what refers to them finds it`() async throws {
    let time = VirtualTime()
    let path = folder.path()
    let ledger = try SQLiteLedger(
      path: path, options: SQLiteLedgerOptions(errorRowsPerSecond: 3), time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .microseconds(10), jitter: .none),
        breaker: CircuitBreakerOptions(failureThreshold: 500, openDuration: .seconds(60))), time: time)
    let outer = engine.component("outer")
    let inner = engine.component("inner")
    for _ in 0..<1_200 {
      _ = try? await outer.execute("call") {
        try await inner.execute("call") { throw POSIXError(.ECONNREFUSED) }
      }
      time.advance(by: .microseconds(500))
    }
    try await ledger.close()
    #expect(try await LedgerCheck(path: path).run().problem == nil)
    let file = try Connection(path: path, mode: .readOnly)
    #expect(try file.integer("SELECT count(*) FROM gap WHERE kind <> 'rejections_merged'") == 0)
    #expect(
      try file.integer("SELECT sum(occurrences) FROM v_errors WHERE component = 'inner'")
        == file.integer("SELECT sum(failures) FROM v_samples WHERE component = 'inner'"))
    let rows = try #require(try file.integer("SELECT count(*) FROM error"))
    #expect(rows < 100, "\(rows) rows of errors")
    #expect(try #require(try file.integer("SELECT max(occurrences) FROM error")) > 100)
    for (table, column) in [
      ("error", "cause_id"), ("recovery", "error_id"), ("breaker_transition", "error_id"),
      ("rejected_call", "error_id"), ("breaker", "trip_error_id"),
    ] {
      #expect(
        try #require(try file.integer("SELECT count(\(column)) FROM \(table)")) > 0, "\(table).\(column)")
      #expect(
        try file.integer(
          "SELECT count(*) FROM \(table) WHERE \(column) IS NOT NULL AND \(column) NOT IN (SELECT id FROM error)"
        )
          == 0, "\(table).\(column)")
    }
  }

  // MARK: Times

  private func call(_ component: ComponentName = "a") -> CallSample {
    CallSample(
      component: component, outcome: .success, durationNanoseconds: 1,
      endedAt: SystemTimeSource().monotonicNanoseconds())
  }

  /// Opens a ledger whose calls wait for a long time.
  private func patient(_ detail: SQLiteLedgerOptions.SampleDetail = .everyCall) throws -> SQLiteLedger {
    try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(sampleDelay: .seconds(10), sampleDetail: detail))
  }

  /// Waits for rows without a flush; fails after a long time.
  private func waitForCalls(_ count: Int64, _ file: Connection) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try file.integer("SELECT coalesce(sum(successes), 0) FROM health_sample") != count {
      guard ContinuousClock.now < deadline else {
        Issue.record("the calls were not written")
        return
      }
      await pause()
    }
  }

  @Test func `calls wait for each other, and ride along with an error`() async throws {
    let ledger = try patient()
    ledger.record(.component("a"))
    try await ledger.flush()
    let file = try Connection(path: folder.path(), mode: .readOnly)
    let batches = try #require(try file.integer("SELECT max(batch) FROM process"))
    for _ in 0..<200 { ledger.record(call()) }
    // Several times the interval of batches.
    while ledger.status.oldestUnwrittenAge < .milliseconds(20) { await pause() }
    #expect(try file.integer("SELECT max(batch) FROM process") == batches)
    #expect(ledger.status.unwrittenEvents == 200)
    ledger.record(
      .error(
        ErrorContext(
          id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "a", operation: "get",
          classification: ErrorClassification(category: .api, rule: "r"), type: "E", message: "down")))
    try await waitForCalls(200, file)
    #expect(try file.integer("SELECT max(batch) FROM process") == batches + 1)
    #expect(try file.integer("SELECT count(*) FROM error") == 1)
    #expect(ledger.status.unwrittenEvents == 0)
    #expect(ledger.status.oldestUnwrittenAge == .zero)
    try await ledger.close()
  }

  @Test func `the delay ends by itself`() async throws {
    let ledger = try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(sampleDelay: .milliseconds(50)))
    ledger.record(call())
    let file = try Connection(path: folder.path(), mode: .readOnly)
    try await waitForCalls(1, file)
    // A busy second ends by itself, too.
    for _ in 0..<50 { ledger.record(call()) }
    try await waitForCalls(51, file)
    try await ledger.close()
  }

  @Test func `a queue that is getting full ends the wait`() async throws {
    let ledger = try patient()
    let file = try Connection(path: folder.path(), mode: .readOnly)
    // Half of each part of the queue, whichever of them the processors choose.
    let count = 4 * 8_192
    for _ in 0..<count { ledger.record(call()) }
    let deadline = ContinuousClock.now + .seconds(9)
    while try file.integer("SELECT count(*) FROM health_sample") == 0 {
      guard ContinuousClock.now < deadline else {
        Issue.record("a half full queue waited")
        break
      }
      await pause()
    }
    try await ledger.close()
    #expect(try file.integer("SELECT count(*) FROM health_sample") == Int64(count))
    #expect(try file.integer("SELECT count(*) FROM gap") == 0)
  }

  @Test(arguments: [SQLiteLedgerOptions.SampleDetail.everyCall, .limited(rowsPerSecond: 1), .merged])
  func `a flush and a close write the calls that wait`(detail: SQLiteLedgerOptions.SampleDetail) async throws
  {
    let ledger = try patient(detail)
    let file = try Connection(path: folder.path(), mode: .readOnly)
    for _ in 0..<5 { ledger.record(call()) }
    try await ledger.flush()
    #expect(try file.integer("SELECT sum(successes) FROM health_sample") == 5)
    for _ in 0..<5 { ledger.record(call()) }
    await ledger.settleForReading()
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == 10)
    for _ in 0..<5 { ledger.record(call()) }
    try await ledger.close()
    #expect(try file.integer("SELECT sum(successes) FROM health_sample") == 15)
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `values out of range are bounded`() async throws {
    let options = SQLiteLedgerOptions(
      sampleDelay: .seconds(-1), sampleDetail: .limited(rowsPerSecond: -5), errorRowsPerSecond: 0)
    let ledger = try SQLiteLedger(path: folder.path(), options: options)
    ledger.record(call())
    let file = try Connection(path: folder.path(), mode: .readOnly)
    try await waitForCalls(1, file)
    try await ledger.close()
  }
}
