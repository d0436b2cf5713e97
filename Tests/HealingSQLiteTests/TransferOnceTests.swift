import Foundation
import Healing
import HealingLedger
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// Every row is counted once, by whichever way it comes: merged, ingested from an export, or as an event; from the ledger, from a copy or
/// through another ledger.
@Suite struct TransferOnceTests {
  private let folder: TemporaryFolder
  private let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private typealias Export = (identity: String, rows: [(table: TransferTable, row: TransferRow)])
  /// Results of an ingest.
  private struct Ingested: Equatable {
    var stored = 0
    var duplicates = 0
    var refused: [String] = []
  }

  // MARK: Ledgers

  private func open(_ name: String) throws -> SQLiteLedger {
    try SQLiteLedger(
      path: folder.path(name), options: SQLiteLedgerOptions(sampleDetail: .everyCall, retention: nil),
      time: time)
  }

  private func failure(at: Timestamp? = nil) -> HealthSample {
    var counts = CallCounts()
    counts.add(.failure, microseconds: 2_000)
    var sample = HealthSample(component: "db", at: at ?? time.wallClock(), counts: counts)
    sample.executions.add(.lost)
    return sample
  }

  /// Writes failed calls, a millisecond apart.
  private func write(_ name: String, failures: Int) async throws {
    let ledger = try open(name)
    for _ in 0..<failures {
      ledger.record(.sample(failure()))
      time.advance(by: .milliseconds(1))
    }
    try await ledger.close()
    time.advance(by: .milliseconds(1))
  }

  private func recovery(_ ledger: SQLiteLedger) -> RecoveryRecord {
    RecoveryRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "db", operation: "get", action: .retry,
      outcome: .succeeded, attempts: 2, duration: .milliseconds(5))
  }

  private func error(_ ledger: SQLiteLedger) -> ErrorContext {
    ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "db", operation: "get",
      classification: ErrorClassification(category: .network, rule: "x"), type: "E", message: "down")
  }

  private func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: folder.path(name), toPath: folder.path(other))
  }

  private func prune(_ name: String, _ options: RetentionOptions) throws {
    let connection = try Connection(path: folder.path(name), mode: .readWrite)
    var pruner = Pruner(options)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: time.wallClock()) {
      try pruner.run(slice, connection, now: time.wallClock())
    }
  }

  // MARK: Ways

  private func withTarget<Value>(_ name: String, _ body: (LedgerImport) throws -> Value) throws -> Value {
    let opened = try LedgerImport(
      path: folder.path(name), identity: ProcessIdentity(program: "test"), time: time)
    let value: Value
    do { value = try body(opened) } catch {
      try opened.close(isComplete: false)
      throw error
    }
    try opened.close()
    return value
  }

  @discardableResult
  private func merge(_ source: String, into target: String) throws -> LedgerMerge.Report {
    try LedgerMerge.check([folder.path(source)], into: folder.path(target))
    return try withTarget(target) {
      try LedgerMerge(into: $0, path: target).merge(folder.path(source)) { _, _ throws(LedgerError) in }
    }
  }

  private func export(_ name: String) async throws -> Export {
    let export = try await LedgerExport(path: folder.path(name))
    var rows: [(TransferTable, TransferRow)] = []
    for table in TransferTable.all {
      var cursor: TransferCursor?
      repeat {
        let step = try await export.step(table, after: cursor, .all)
        rows += step.rows.map { (table, $0) }
        cursor = step.next
      } while cursor != nil
    }
    return (export.identity, rows)
  }

  @discardableResult
  private func ingest(_ export: Export, into target: String) throws -> Ingested {
    var ingested = Ingested()
    try withTarget(target) { target in
      try target.write { batch throws(SQLiteError) in
        for (table, row) in export.rows {
          switch try batch.insert(row, of: table, ledger: export.identity) {
          case .stored: ingested.stored += 1
          case .duplicate: ingested.duplicates += 1
          case .refused(let problem): ingested.refused.append("\(table.name) \(problem)")
          }
        }
      }
    }
    return ingested
  }

  /// How a ledger's rows come.
  enum Way: CaseIterable {
    case merge
    case ingest
  }

  private func take(_ source: String, into target: String, by way: Way) async throws {
    switch way {
    case .merge: #expect(try merge(source, into: target).refused == 0)
    case .ingest:
      #expect(try ingest(await export(source), into: target).refused == [])
    }
  }

  // MARK: Totals

  private func integer(_ name: String, _ sql: String) throws -> Int64 {
    try Connection(path: folder.path(name), mode: .readOnly).integer(sql) ?? 0
  }

  private func total(_ name: String, _ columns: String, of table: String) throws -> Int64 {
    try integer(name, "SELECT CAST(total(\(columns)) AS INTEGER) FROM \(table) WHERE resolution = 0")
  }

  private func rows(_ name: String, _ table: String) throws -> Int64 {
    try integer(name, "SELECT count(*) FROM \(table)")
  }

  private func expectSound(_ name: String) async throws {
    let report = try await LedgerCheck(path: folder.path(name)).run()
    #expect(report.problem == nil, "\(name): \(report.problem.map { "\($0)" } ?? "")")
  }

  // MARK: Positions of the feed

  @Test func `rows whose positions were deleted after an alert are merged`() async throws {
    let ledger = try open("one.db")
    ledger.record(.error(error(ledger)))
    ledger.record(
      .alert(
        AlertRecord(
          id: ledger.makeID(), at: time.wallClock(), component: "db", kind: .raised, status: .critical,
          previousStatus: nil, message: "down")))
    try await ledger.flush()
    try merge("one.db", into: "fleet.db")
    // The alert is the last position that was merged, and is never deleted.
    for _ in 0..<3 {
      time.advance(by: .seconds(1))
      ledger.record(.error(error(ledger)))
      ledger.record(.recovery(recovery(ledger)))
      ledger.record(
        .transition(
          BreakerTransitionRecord(
            id: ledger.makeID(), at: time.wallClock(), component: "db", from: .closed, to: .open,
            reason: "failures", failureCount: 1, consecutiveTrips: 1),
          BreakerSnapshot(component: "db", updatedAt: time.wallClock())))
    }
    time.advance(by: .seconds(3_600))
    ledger.record(.error(error(ledger)))
    try await ledger.close()
    try prune(
      "one.db",
      RetentionOptions(
        samples: nil, errors: nil, recoveries: nil, checks: nil, events: .seconds(60), minutes: nil,
        hours: nil,
        maxBytes: nil))
    #expect(try rows("one.db", "feed") == 2)
    try merge("one.db", into: "fleet.db")
    for table in ["error", "recovery", "breaker_transition"] {
      #expect(try rows("fleet.db", table) == rows("one.db", table), "\(table)")
    }
    #expect(try merge("one.db", into: "fleet.db").total == 0)
    try await expectSound("fleet.db")
  }

  @Test func `a row that is refused is reported by each merge, and no later one is lost`() async throws {
    let ledger = try open("one.db")
    var long = recovery(ledger)
    long.duration = .microseconds(2 * CallCounts.longestMicroseconds)
    ledger.record(.recovery(long))
    try await ledger.flush()
    for round in 1...2 {
      ledger.record(.recovery(recovery(ledger)))
      try await ledger.flush()
      let report = try merge("one.db", into: "fleet.db")
      #expect(report.refused == 1 && report.total > 0, "\(report)")
      #expect(try rows("fleet.db", "recovery") == round)
    }
    try await ledger.close()
    try await expectSound("fleet.db")
  }

  @Test(arguments: Way.allCases) func `recoveries that an overload merged are taken with their sums`(way: Way)
    async throws
  {
    let ledger = try open("one.db")
    for occurrences in [2, 700_000, 400_000_000_000_000] {
      var merged = recovery(ledger)
      merged.occurrences = occurrences
      merged.duration = .microseconds(2 * CallCounts.longestMicroseconds)
      merged.longest = .microseconds(CallCounts.longestMicroseconds)
      ledger.record(.recovery(merged))
      time.advance(by: .seconds(60))
    }
    try await ledger.close()
    try await take("one.db", into: "fleet.db", by: way)
    _ = try LedgerSalvage.run(
      folder.path("one.db"), to: folder.path("salvaged.db"), identity: ProcessIdentity(program: "test")
    ) { _, _ in }
    for name in ["fleet.db", "salvaged.db"] {
      #expect(
        try total(name, "total", of: "recovery_rollup") == total("one.db", "total", of: "recovery_rollup"))
      #expect(try rows(name, "recovery") == 3)
      try await expectSound(name)
    }
  }

  // MARK: Copies

  enum Pruned: CaseIterable {
    /// Sums of minutes are deleted, those of hours stay.
    case minutes
    /// Sums of hours are deleted, too.
    case hours
  }

  @Test(arguments: Pruned.allCases, Way.allCases)
  func `an older copy adds nothing after a newer one whose finer sums were deleted`(pruned: Pruned, way: Way)
    async throws
  {
    let ledger = try open("one.db")
    for _ in 0..<60 {
      var counts = CallCounts()
      counts.add(.success, microseconds: 1_000)
      counts.add(.failure, microseconds: 2_000)
      ledger.record(.sample(HealthSample(component: "db", at: time.wallClock(), counts: counts)))
      ledger.record(.recovery(recovery(ledger)))
      time.advance(by: .seconds(300))
    }
    try await ledger.close()
    try copy("one.db", to: "old.db")
    time.advance(by: .seconds(200 * 86_400))
    let day = Duration.seconds(86_400)
    try prune(
      "one.db",
      RetentionOptions(
        samples: day, errors: day, recoveries: day, minutes: day, hours: pruned == .hours ? day : nil))
    func totals(_ name: String) throws -> [Int64] {
      try [
        total(name, "successes", of: "sample_rollup"), total(name, "failures", of: "sample_rollup"),
        total(name, "duration_sum_us", of: "sample_rollup"), total(name, "total", of: "recovery_rollup"),
        total(name, "duration_sum_us", of: "recovery_rollup"),
      ]
    }
    let expected = try totals("one.db")
    #expect(expected[0] == 60 && expected[3] == 60)
    for source in ["one.db", "old.db", "one.db", "old.db"] {
      try await take(source, into: "fleet.db", by: way)
      #expect(try totals("fleet.db") == expected, "\(source)")
      try await expectSound("fleet.db")
    }
    // In the other order the rows come first.
    for source in ["old.db", "one.db"] {
      try await take(source, into: "other.db", by: way)
      #expect(try totals("other.db") == expected, "\(source)")
    }
    try await expectSound("other.db")
  }

  @Test func `the executions of a minute in which a ledger and its copy were written are all counted`()
    async throws
  {
    try await write("a.db", failures: 1)
    try copy("a.db", to: "b.db")
    try await write("a.db", failures: 3)
    try await write("b.db", failures: 3)
    for _ in 1...2 {
      #expect(try ingest(await export("b.db"), into: "a.db").refused == [])
      #expect(try total("a.db", "failures", of: "sample_rollup") == 7)
      #expect(try total("a.db", "attempts", of: "outcome_rollup") == 7)
      #expect(try total("a.db", "lost", of: "outcome_rollup") == 7)
      try await expectSound("a.db")
    }
  }

  @Test
  func `a ledger that was restored in the minute of its last row is merged with all calls of the minute`()
    async throws
  {
    try await write("one.db", failures: 2)
    try copy("one.db", to: "backup.db")
    try await write("one.db", failures: 3)
    try merge("one.db", into: "fleet.db")
    try await write("backup.db", failures: 4)
    for _ in 1...2 {
      try merge("backup.db", into: "fleet.db")
      #expect(try total("fleet.db", "failures", of: "sample_rollup") == 9)
      #expect(try total("fleet.db", "attempts", of: "outcome_rollup") == 9)
      #expect(try total("fleet.db", "lost", of: "outcome_rollup") == 9)
      try await expectSound("fleet.db")
    }
  }

  @Test(arguments: [RejectionReason.reported, .circuit, .bulkhead])
  func `the own export from before a reset of metrics adds no rejected calls`(reason: RejectionReason)
    async throws
  {
    let ledger = try open("one.db")
    for _ in 0..<5 {
      var counts = CallCounts()
      counts.add(.rejected, microseconds: 0, rejection: reason)
      var sample = HealthSample(component: "db", at: time.wallClock(), counts: counts)
      sample.rejections = [RejectedOperation(operation: "get", reason: reason): 1]
      ledger.record(.sample(sample))
    }
    try await ledger.flush()
    let before = try await export("one.db")
    time.advance(by: .seconds(1))
    ledger.record(.metricsReset("db", at: time.wallClock()))
    try await ledger.close()
    for export in [before, try await export("one.db")] {
      let ingested = try ingest(export, into: "one.db")
      #expect(ingested.stored == 0 && ingested.refused == [], "\(ingested)")
      #expect(try total("one.db", "calls", of: "rejection_rollup") == 5)
      #expect(try total("one.db", "rejected", of: "sample_rollup") == 5)
      try await expectSound("one.db")
    }
  }

  // MARK: Shared identities

  @Test func `rows that came with another ledger do not come again by another way`() async throws {
    try await write("a.db", failures: 4)
    try await write("b.db", failures: 2)
    try merge("a.db", into: "b.db")
    // The export of b has the rows of a.
    let home = try ingest(await export("b.db"), into: "a.db")
    #expect(home.stored == 0 && home.duplicates == 0, "\(home)")
    #expect(
      home.refused.allSatisfy { $0.contains("holds rows of another ledger that this ledger holds too") })
    #expect(try total("a.db", "lost", of: "outcome_rollup") == 4)
    try await expectSound("a.db")

    for _ in 1...2 {
      #expect(try ingest(await export("b.db"), into: "fleet.db").refused == [])
    }
    #expect(throws: LedgerError.self) { try merge("a.db", into: "fleet.db") }
    let direct = try ingest(await export("a.db"), into: "fleet.db")
    #expect(direct.stored == 0 && direct.refused.count > 3, "\(direct)")
    #expect(try total("fleet.db", "lost", of: "outcome_rollup") == 6)
    // The export of the fleet names both.
    #expect(try ingest(await export("fleet.db"), into: "next.db").refused == [])
    #expect(throws: LedgerError.self) { try merge("b.db", into: "next.db") }
    for name in ["a.db", "b.db", "fleet.db", "next.db"] { try await expectSound(name) }
  }

  @Test(arguments: Way.allCases)
  func `a ledger that took the rows of another one since it was taken last is refused`(way: Way) async throws
  {
    try await write("a.db", failures: 4)
    try await write("b.db", failures: 2)
    try await take("b.db", into: "fleet.db", by: way)
    try merge("a.db", into: "fleet.db")
    try merge("a.db", into: "b.db")
    switch way {
    case .merge: #expect(throws: LedgerError.self) { try merge("b.db", into: "fleet.db") }
    case .ingest:
      #expect(try ingest(await export("b.db"), into: "fleet.db").stored == 0)
    }
    #expect(try total("fleet.db", "lost", of: "outcome_rollup") == 6)
    try await expectSound("fleet.db")
  }

  // MARK: Events

  private func events() -> [IngestedEvent] {
    (0..<40).map { number in
      IngestedEvent(
        at: Timestamp(microseconds: 1_767_000_000_000_000 + Int64(number / 8)), component: "db",
        operation: "get", outcome: number.isMultiple(of: 2) ? .success : .failure, duration: 1_000,
        // Some have one place.
        hash: UInt64(number) << 40 | UInt64(number % 5))
    }
  }

  private func ingest(_ events: [IngestedEvent], into target: String) throws -> Int {
    var stored = 0
    try withTarget(target) { target in
      try target.write { batch throws(SQLiteError) in
        for event in events where try batch.insert(event) == .stored { stored += 1 }
      }
    }
    return stored
  }

  @Test func `an export of a range has the hashes of the events of the range`() async throws {
    #expect(try ingest(events(), into: "one.db") == 40)
    let export = try await LedgerExport(path: folder.path("one.db"))
    let day = Timestamp(microseconds: 1_766_966_400_000_000)
    for (range, count) in [
      (LedgerRange(since: day, until: day + .seconds(86_400)), 40),
      (LedgerRange(since: day + .seconds(86_400)), 0),
      (LedgerRange(until: day), 0),
    ] {
      #expect(try await export.step(.events, after: nil, range).rows.count == count)
    }
  }

  @Test(arguments: Way.allCases, [false, true])
  func `events that came with another ledger are not ingested again`(way: Way, isPruned: Bool) async throws {
    #expect(try ingest(events(), into: "one.db") == 40)
    if isPruned {
      time.advance(by: .seconds(30 * 86_400))
      try prune("one.db", RetentionOptions(samples: .seconds(86_400)))
      #expect(try rows("one.db", "health_sample") == 1)
    }
    try await take("one.db", into: "fleet.db", by: way)
    #expect(try ingest(events(), into: "fleet.db") == 0)
    #expect(try ingest(events(), into: "one.db") == 0)
    #expect(try total("fleet.db", "successes", of: "sample_rollup") == 20)
    #expect(try total("fleet.db", "failures", of: "sample_rollup") == 20)
    try await take("one.db", into: "fleet.db", by: way)
    #expect(try total("fleet.db", "lost", of: "outcome_rollup") == 20)
    try await expectSound("fleet.db")
  }
}
