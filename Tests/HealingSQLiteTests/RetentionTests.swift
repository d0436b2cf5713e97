import Foundation
import Healing
import HealingLedger
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Rows go after their age or when the file is too large; totals, reports and the check do not change.
@Suite struct RetentionTests {
  let folder: TemporaryFolder
  /// 2026-01-01T00:00:00Z at the start.
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private static let hour = hours(1)
  private static let day = days(1)
  private static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
  private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

  /// Records a sample, an error, a recovery, a check and a rejected call.
  private func record(_ ledger: SQLiteLedger, _ component: ComponentName, _ number: Int) {
    let now = time.wallClock()
    var counts = CallCounts()
    counts.add(.success, microseconds: 1_500)
    counts.add(.failure, microseconds: Int64(number % 900) * 1_000)
    ledger.record(.sample(HealthSample(component: component, at: now, counts: counts)))
    let error = ErrorContext(
      id: ledger.makeID(), at: now, component: component, operation: "get",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "down \(number)"
    )
    ledger.record(.error(error))
    ledger.record(
      .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: now, component: component, operation: "get", errorID: error.id,
          action: number.isMultiple(of: 3) ? .fallback : .retry,
          outcome: number.isMultiple(of: 4) ? .failed : .succeeded, attempts: 2,
          duration: .milliseconds(number % 90))))
    ledger.record(
      .check(
        HealthCheckRecord(
          id: ledger.makeID(), at: now, component: component, status: .degraded, previousStatus: nil,
          errorRate: 0.5, totalRequests: 2, failedRequests: 1, responseTime: .milliseconds(5), message: "m",
          issues: [])))
  }

  /// A closed ledger with rows of two components, every three hours, over the days before the time's present.
  private func makeLedger(days: Int) async throws -> String {
    let ledger = try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(retention: nil), time: time)
    for number in 0..<(days * 8) {
      record(ledger, "api", number)
      if number.isMultiple(of: 2) { record(ledger, "db", number) }
      time.advance(by: Self.hours(3))
      if number.isMultiple(of: 50) { try await ledger.flush() }
    }
    try await ledger.close()
    return folder.path()
  }

  private func writer(_ path: String) throws -> Connection {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA foreign_keys = ON")
    return connection
  }

  @discardableResult
  private func prune(_ path: String, _ options: RetentionOptions = .standard) throws -> [String: Pruner
    .Deleted]
  {
    let connection = try writer(path)
    var pruner = Pruner(options)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: time.wallClock()) {
      try pruner.run(slice, connection, now: time.wallClock())
    }
    return pruner.deleted
  }

  private func count(_ path: String, _ table: String, _ condition: String = "true") throws -> Int64 {
    try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM \(table) WHERE \(condition)")
      ?? 0
  }

  private func check(_ path: String) async throws -> LedgerError? {
    try await LedgerCheck(path: path).run().problem
  }

  private func ranges() -> [LedgerRange] {
    let midnight = Timestamp(microseconds: time.wallClock().microseconds / 86_400_000_000 * 86_400_000_000)
    func ago(_ days: Int, _ hours: Int = 0) -> Timestamp {
      midnight + .seconds(hours * 3_600 - days * 86_400)
    }
    return [
      .all, LedgerRange(since: ago(10, 1)), LedgerRange(since: ago(100)),
      LedgerRange(since: ago(119, 3), until: ago(95, 6)), LedgerRange(since: ago(110), until: ago(3)),
      LedgerRange(until: ago(0, -5)),
    ]
  }

  private func reports(_ path: String) async throws -> [String] {
    let reader = try SQLiteLedgerReader(path: path)
    var texts: [String] = []
    for range in ranges() {
      for component in [nil, "api"] as [ComponentName?] {
        texts.append("\(try await reader.recoveries.statistics(range, component: component))")
        texts.append("\(try await reader.samples.rates(range, component: component))")
        texts.append("\(try await reader.rejections.byOperation(range, component: component))")
      }
    }
    texts.append("\(try await reader.checks.latestStatuses().sorted { "\($0.key)" < "\($1.key)" })")
    return texts
  }

  // MARK: By age

  @Test func `after pruning every report is the same, and the check accounts for every deleted row`()
    async throws
  {
    let path = try await makeLedger(days: 120)
    let before = try await reports(path)
    let counts = try ["health_sample", "error", "recovery", "health_check"].map { try count(path, $0) }
    let preview = try Pruner.preview(
      .standard, Connection(path: path, mode: .readOnly), now: time.wallClock())
    let deleted = try prune(path)
    #expect(try await check(path) == nil)
    #expect(try await reports(path) == before)
    let cutoff = time.wallClock().microseconds
    for (table, age) in [("health_sample", 7), ("error", 90), ("health_check", 30)] as [(String, Int64)] {
      let old = try count(path, table, "at < \(cutoff - age * 86_400_000_000)")
      #expect(old == 0, "\(table)")
      #expect(deleted[table]?.rows == preview[table]?.rows, "\(table)")
    }
    #expect(deleted["feed"]?.rows == preview["feed"]?.rows && preview["feed"]?.rows ?? 0 > 0)
    #expect(try count(path, "recovery") == counts[2])
    #expect(try count(path, "health_sample") == counts[0] - (deleted["health_sample"]?.rows ?? 0))
    #expect(
      try count(path, "sample_rollup", "resolution = 60 AND bucket_at < \(cutoff - 91 * 86_400_000_000)") == 0
    )
    #expect(try count(path, "sample_rollup", "resolution = 3600") > 900)
    // A second pass finds nothing.
    #expect(try prune(path).values.allSatisfy { $0.rows == 0 })
    // Everything gone but what is kept for good: the check still compares days and totals.
    var all = RetentionOptions(
      samples: Self.hour, errors: Self.hour, recoveries: Self.hour, checks: Self.hour, events: Self.hour,
      minutes: Self.hour, hours: Self.hours(48))
    all.maxBytes = nil
    try prune(path, all)
    #expect(try count(path, "recovery") <= 2)
    #expect(try await check(path) == nil)
    let totals = try await SQLiteLedgerReader(path: path).recoveries.statistics(.all, component: nil)
    #expect(totals.overall.totalRecoveries == Int64(120 * 12))
  }

  @Test(arguments: ["health_sample", "recovery"])
  func `the check finds one row that was removed by hand from a pruned ledger`(table: String) async throws {
    let path = try await makeLedger(days: 20)
    var options = RetentionOptions.standard
    options.recoveries = Self.days(7)
    try prune(path, options)
    #expect(try await check(path) == nil)
    let connection = try writer(path)
    for row in ["min", "max"] {
      try connection.execute("BEGIN; UPDATE retention_door SET open = 1")
      try connection.execute("DELETE FROM \(table) WHERE id = (SELECT \(row)(id) FROM \(table))")
      try connection.execute("UPDATE retention_door SET open = 0; COMMIT")
      #expect(try await check(path)?.code == .corrupt, "\(row)")
    }
  }

  @Test(arguments: [
    "UPDATE sealed_recovery SET total = total + 1 WHERE bucket_at = (SELECT min(bucket_at) FROM sealed_recovery)",
    "DELETE FROM sample_rollup WHERE resolution = 60 AND bucket_at = (SELECT min(bucket_at) FROM sample_rollup WHERE resolution = 60)",
    "DELETE FROM recovery_rollup WHERE resolution = 3600 AND bucket_at = (SELECT min(bucket_at) FROM recovery_rollup WHERE resolution = 3600)",
  ])
  func `the check finds a changed sum of deleted rows`(change: String) async throws {
    let path = try await makeLedger(days: 20)
    var options = RetentionOptions.standard
    options.recoveries = Self.days(7)
    try prune(path, options)
    try writer(path).execute(change)
    #expect(try await check(path)?.code == .corrupt)
  }

  @Test func `the writer prunes a minute after opening and records it, and only one process does`()
    async throws
  {
    let path = try await makeLedger(days: 20)
    let ledger = try SQLiteLedger(path: path, time: time)
    try await ledger.flush()
    #expect(try count(path, "health_sample", "at < \((time.wallClock() - Self.days(8)).microseconds)") > 0)
    time.advance(by: .seconds(61))
    await ledger.waitUntil { _ in try count(path, "upkeep") > 0 }
    #expect(try count(path, "health_sample", "at < \((time.wallClock() - Self.days(8)).microseconds)") == 0)
    let other = try LedgerLock(file: LedgerFile(path: path))
    #expect(!other.beginRetention())
    record(ledger, "api", 1)
    try await ledger.close()
    #expect(other.beginRetention())
    #expect(try await check(path) == nil)
    let figures = try Connection(path: path, mode: .readOnly).text(
      "SELECT kind || outcome || (json_extract(figures, '$.tables.health_sample.rows') > 100)"
        + " || (json_extract(figures, '$.longest_hold_ms') > 0) FROM v_upkeep")
    #expect(figures == "pruneok11")
  }

  @Test func `a long deletion is divided into many short transactions`() async throws {
    let path = try await makeLedger(days: 1)
    let connection = try writer(path)
    try connection.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
      INSERT INTO error SELECT i, i, 1, 1, 'operation', i, 1, 0, 0, 1, 'type', hex(zeroblob(100)), 'f', 'r', NULL,
        NULL, NULL, NULL, 1, NULL, NULL, NULL FROM n
      """)
    var pruner = Pruner(.standard)
    try pruner.begin(connection)
    var durations: [Duration] = []
    while let slice = try pruner.next(connection, now: time.wallClock()) {
      let start = ContinuousClock.now
      try pruner.run(slice, connection, now: time.wallClock())
      durations.append(ContinuousClock.now - start)
    }
    #expect(pruner.deleted["error"]?.rows ?? 0 >= 60_000)
    durations.sort()
    if ProcessInfo.processInfo.environment["HEALING_FIGURES"] != nil {
      print(
        "slices: \(durations.count), median \(durations[durations.count / 2]), longest \(durations.last ?? .zero)"
      )
    }
    // The aim is 20 ms each, which only a quiet machine shows; a slice that took longer makes the next one smaller.
    let whole = durations.reduce(.zero, +)
    #expect(durations.count >= 20 && durations[durations.count / 2] * 10 < whole, "\(durations)")
  }

  @Test func `rows with wrong times stop no pass`() async throws {
    let path = try await makeLedger(days: 20)
    let connection = try writer(path)
    // From the future, and with ids below those of the others.
    try connection.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO error SELECT i, 4000000000000000 + i, 1, 1, 'o', i, 1, 0, 0, 1, 't', 'm', 'f', 'r', NULL, NULL,
        NULL, NULL, 1, NULL, NULL, NULL FROM n
      """)
    var options = RetentionOptions.standard
    options.errors = Self.days(7)
    try prune(path, options)
    let cutoff = (time.wallClock() - Self.days(7)).microseconds
    #expect(try count(path, "error", "at < \(cutoff - 60_000_000)") == 0)
    #expect(try count(path, "error", "at > \(cutoff)") > 3_000)
  }

  @Test func `damaged numbers stop no pass`() async throws {
    let path = folder.path("loose.db")
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil))
    try await DamagedLedger.fill(ledger)
    try await ledger.close()
    try await DamagedLedger.loosen(path)
    let connection = try Connection(path: path, mode: .readWrite)
    let now = SystemTimeSource().wallClock() + Self.days(1_000)
    for value in ["9223372036854775807", "-1", "NULL", "'text'", "9e999", "x'00ff'"] {
      for table in ["health_sample", "recovery"] {
        let columns = try connection.rows(
          "SELECT name FROM pragma_table_info('\(table)') WHERE type = 'INTEGER' AND name NOT IN ('id', 'at')"
        ) { $0.text(0) }
        try connection.execute(
          "PRAGMA ignore_check_constraints = ON; UPDATE \(table) SET \(columns.map { "\($0) = \(value)" }.joined(separator: ", "))"
        )
      }
      for table in ["sealed_sample", "sealed_recovery", "watermark"] {
        try connection.execute(
          "UPDATE \(table) SET \(table == "watermark" ? "deleted" : table == "sealed_sample" ? "successes" : "total") = \(value)"
        )
      }
      var pruner = Pruner(.standard)
      try pruner.begin(connection)
      while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
      _ = try await LedgerCheck(path: path).run()
    }
    #expect(try connection.integer("SELECT count(*) FROM recovery") == 1)
  }

  // MARK: Pins

  @Test func `rows of a pinned range stay until the pin is removed`() async throws {
    let path = try await makeLedger(days: 40)
    let upkeep = try LedgerUpkeep(path: path, identity: ProcessIdentity())
    let now = time.wallClock()
    let id = try await upkeep.pin(
      (now - Self.days(30))..<(now - Self.days(29)), component: "api", reason: "outage", actor: "ops")
    let range = "at >= \((now - Self.days(30)).microseconds) AND at < \((now - Self.days(29)).microseconds)"
    let api = range + " AND component_id = (SELECT id FROM component WHERE name = 'api')"
    try prune(path)
    #expect(try count(path, "health_sample", range) == 8)
    #expect(try count(path, "health_sample", api) == 8)
    #expect(try await check(path) == nil)
    #expect(try await upkeep.pins().map(\.reason) == ["outage"])
    #expect(try await upkeep.removePin(id, actor: "ops"))
    #expect(try await !upkeep.removePin(id, actor: "ops"))
    try prune(path)
    #expect(try count(path, "health_sample", range) == 0)
    #expect(try await check(path) == nil)
    #expect(throws: SQLiteError.self) { try writer(path).execute("UPDATE pin SET reason = 'x'") }
  }

  @Test func `a pass over pinned rows writes nothing`() async throws {
    let path = try await makeLedger(days: 40)
    let upkeep = try LedgerUpkeep(path: path, identity: ProcessIdentity())
    let now = time.wallClock()
    _ = try await upkeep.pin((now - Self.days(60))..<now, component: nil, reason: "outage", actor: "ops")
    let connection = try writer(path)
    // More than are looked at in one step.
    try connection.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
      INSERT INTO error SELECT i, \((now - Self.days(50)).microseconds) + i, 1, 1, 'o', i, 1, 0, 0, 1, 't', 'm', 'f', 'r',
        NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL FROM n
      """)
    var options = RetentionOptions.standard
    (options.errors, options.samples, options.maxBytes) = (Self.days(7), Self.days(7), 1)
    var pruner = Pruner(options)
    for pass in 0..<2 {
      try pruner.begin(connection)
      var slices: [String] = []
      while let slice = try pruner.next(connection, now: now) {
        if case .rows(let table, _, _, _) = slice { slices.append(table) }
        try pruner.run(slice, connection, now: now)
      }
      #expect(slices.isEmpty, "pass \(pass): \(slices)")
    }
    // The next pass begins behind the rows that are pinned.
    let pins = try await upkeep.pins()
    for pin in pins { _ = try await upkeep.removePin(pin.id, actor: "ops") }
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    #expect(try count(path, "error", "at < \((now - Self.days(8)).microseconds)") == 0)
  }

  @Test func `after a clock was wrong, reports are by minutes again`() async throws {
    let path = try await makeLedger(days: 3)
    let present = time.wallClock()
    time.advance(by: Self.days(200))
    try prune(path)
    // The clock is right again, and rows are written.
    let now = present + .seconds(60)
    let connection = try writer(path)
    let hourAgo = LedgerRange(since: now - .seconds(1_800) + Self.days(2), until: now + .seconds(172_800))
    let whole = hourAgo.inWholeMinutes
    #expect(try KeptRollups(connection).widened(hourAgo) != whole)
    var pruner = Pruner(.standard)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    #expect(try KeptRollups(connection).widened(hourAgo) == whole)
    #expect(try await check(path) == nil)
  }

  @Test func `a clock that is behind moves no watermark of sums`() async throws {
    let path = try await makeLedger(days: 120)
    try prune(path)
    let connection = try writer(path)
    let before = try KeptRollups(connection)
    var pruner = Pruner(.standard)
    let past = Timestamp(microseconds: 1_000_000)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: past) { try pruner.run(slice, connection, now: past) }
    #expect(try KeptRollups(connection) == before)
  }

  // MARK: The feed

  @Test func `positions of the feed rise after pruning, and a reader continues after the deleted ones`()
    async throws
  {
    let path = try await makeLedger(days: 40)
    let last = try await SQLiteLedgerReader(path: path).feed.lastPosition()
    try prune(path)
    let reader = try SQLiteLedgerReader(path: path)
    let deleted = try await reader.feed.lastDeletedPosition()
    #expect(deleted > 0 && deleted < last)
    let first = try #require(try await reader.feed.events(after: deleted, limit: 1).first)
    #expect(first.position == deleted + 1)
    #expect(try await reader.feed.lastPosition() == last)
    // Everything but the last event.
    var options = RetentionOptions.standard
    options.events = .seconds(60)
    time.advance(by: Self.day)
    try prune(path, options)
    #expect(try count(path, "feed") == 1)
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    record(ledger, "api", 1)
    try await ledger.flush()
    #expect(try await ledger.feed.events(after: last, limit: 1).first?.position == last + 1)
    try await ledger.close()
  }

  @Test func `a page of events whose rows are gone does not look like the end of the feed`() async throws {
    let path = try await makeLedger(days: 1)
    let connection = try writer(path)
    try connection.execute(
      "UPDATE retention_door SET open = 1; DELETE FROM error; DELETE FROM health_check; UPDATE retention_door SET open = 0"
    )
    let reader = try SQLiteLedgerReader(path: path)
    #expect(try await reader.feed.events(after: 0, limit: 1).count == 1)
  }

  // MARK: Size

  @Test
  func
    `a ledger above its size limit loses its oldest samples first, and its file is as large after 100 cycles`()
    async throws
  {
    let path = folder.path("size.db")
    let options = RetentionOptions(
      samples: nil, errors: nil, recoveries: nil, checks: nil, events: nil, minutes: nil, hours: nil,
      maxBytes: 1 << 20)
    try await SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time).close()
    let connection = try writer(path)
    #expect(try connection.integer("PRAGMA auto_vacuum") == 2)
    try connection.execute("INSERT INTO component VALUES (1, 'a', 0, 0, 0)")
    var sizes: [Int64] = []
    var id = 1
    for _ in 0..<105 {
      time.advance(by: .seconds(3_600))
      let at = time.wallClock().microseconds - 120_000_000
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT \(id) UNION ALL SELECT i + 1 FROM n WHERE i < \(id + 5_999))
        INSERT INTO health_sample SELECT i, \(at), 1, 1, 0, 1, 0, 0, 0, 0, 0, 9, 9, NULL, 0, 0 FROM n
        """)
      id += 6_000
      var pruner = Pruner(options)
      try pruner.begin(connection)
      while let slice = try pruner.next(connection, now: time.wallClock()) {
        try pruner.run(slice, connection, now: time.wallClock())
      }
      try connection.checkpoint(.truncating)
      #expect(try Pruner.usedBytes(connection) <= 1 << 20)
      sizes.append((FileIdentity(path: path)?.size ?? 0))
    }
    // The first cycles fill the file.
    let late = sizes.suffix(100)
    let mean = Double(late.reduce(0, +)) / 100
    let (least, most) = (Double(late.min() ?? 0), Double(late.max() ?? 0))
    #expect(least >= 0.9 * mean && most <= 1.1 * mean && most < 2_097_152, "\(least)...\(most)")
    #expect(try connection.integer("SELECT total(successes) FROM sealed_sample") ?? 0 > 500_000)
  }

  @Test func `a ledger above its size limit keeps errors and recoveries from the same time on`() async throws
  {
    let path = folder.path("errors.db")
    let options = RetentionOptions(maxBytes: 2 << 20)
    try await SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time).close()
    let connection = try writer(path)
    try connection.execute("INSERT INTO component VALUES (1, 'a', 0, 0, 0)")
    for hour in 0..<30 {
      time.advance(by: Self.hour)
      let at = time.wallClock().microseconds - 3_600_000_000
      let n = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
      let (id, time) = ("\(hour * 1_000 + 1) + i", "\(at) + i * 3600000")
      try connection.execute(
        """
        \(n) INSERT INTO error SELECT \(id), \(time), 1, 1, 'o', \(id), 1, 0, 0, 1, 't', 'm', 'f', 'r', NULL, NULL, NULL,
          NULL, 1, NULL, NULL, NULL FROM n;
        \(n) INSERT INTO recovery (id, at, component_id, process_id, operation, action, success, outcome, attempts,
          duration_us, message) SELECT \(id), \(time), 1, 1, 'o', 1, 1, 'succeeded', 1, 9, '' FROM n
        """)
      var pruner = Pruner(options)
      try pruner.begin(connection)
      while let slice = try pruner.next(connection, now: self.time.wallClock()) {
        try pruner.run(slice, connection, now: self.time.wallClock())
      }
      #expect(try Pruner.usedBytes(connection) <= 2 << 20)
    }
    let oldest = try ["error", "recovery"].map {
      try connection.integer("SELECT min(id) FROM \($0)") ?? 0
    }
    #expect(Set(oldest).count == 1 && oldest[0] > 10_000 && oldest[0] < 29_000, "\(oldest)")
    #expect(try connection.integer("SELECT total(total) FROM sealed_recovery") == oldest[0] - 1)
  }

  @Test func `a file of an earlier release is compacted, and gives its pages back from then on`() async throws
  {
    let path = try await makeLedger(days: 60)
    // As an earlier release made it: without pages for the vacuum.
    let old = folder.path("old.db")
    try writer(path).execute("VACUUM INTO '\(old)'")
    let connection = try Connection(path: old, mode: .readWrite)
    try connection.execute("PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA journal_mode = WAL")
    #expect(try connection.integer("PRAGMA auto_vacuum") == 0)
    let upkeep = try LedgerUpkeep(path: old, identity: ProcessIdentity())
    let living = try SQLiteLedger(path: old, options: SQLiteLedgerOptions(retention: nil))
    await #expect(throws: LedgerError.self) { try await upkeep.compact { _ in } }
    try await living.close()
    let sizes = try await upkeep.compact { _ in }
    #expect(sizes.before > 0 && sizes.after > 0)
    #expect(try Connection(path: old, mode: .readOnly).integer("PRAGMA auto_vacuum") == 2)
    #expect(try await check(old) == nil)
    #expect(try count(old, "upkeep", "kind = 'compact' AND outcome = 'ok'") == 1)
  }

  // MARK: While programs use the ledger

  @Test func `a program that has the ledger open accepts pruning by another one`() async throws {
    let path = try await makeLedger(days: 40)
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    let run = ledger.processID
    let upkeep = try LedgerUpkeep(path: path, identity: ProcessIdentity())
    let report = try await upkeep.prune(
      RetentionOptions(samples: .seconds(60), errors: .seconds(60), recoveries: .seconds(60)))
    #expect(report.figures.deleted["health_sample"]?.rows ?? 0 > 100)
    record(ledger, "api", 1)
    try await ledger.flush()
    await ledger.waitUntil { $0.status.problem == nil }
    #expect(ledger.processID == run)
    try await ledger.close()
    #expect(try await check(path) == nil)
    #expect(try count(path, "gap") == 0)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `on a full disk the reserve lets retention free space, and totals are exact`() async throws {
    let disk = try SmallDisk("7m")
    let ledger = try SQLiteLedger(
      path: disk.path, options: SQLiteLedgerOptions(reserveBytes: 2 << 20), time: time)
    record(ledger, "a", 1)
    try await ledger.flush()
    time.advance(by: .seconds(61))
    let reserve = disk.path + "-reserve"
    await ledger.waitUntil { _ in FileManager.default.fileExists(atPath: reserve) }
    var recorded = 0
    // Far more rows than the disk holds at once.
    for _ in 0..<40 {
      for _ in 0..<5_000 {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds())
        )
      }
      recorded += 5_000
      time.advance(by: .seconds(61))
      var isDurable = false
      for _ in 0..<100 where !isDurable {
        do throws(LedgerError) {
          try await ledger.flush()
          isDurable = true
        } catch { await pause() }
      }
      #expect(isDurable)
      if !isDurable { break }
    }
    let total = try await ledger.samples.rates(.all, component: "a").first?.totalRequests
    #expect(total == Int64(recorded) + 2)
    try await ledger.close()
    #expect(try await check(disk.path) == nil)
  }

  @Test func `a full disk costs at most the older half of a small ledger, and no more before it has grown`()
    async throws
  {
    let path = try await makeLedger(days: 40)
    let connection = try writer(path)
    var options = RetentionOptions.standard
    (options.samples, options.errors, options.recoveries, options.checks) = (nil, nil, nil, nil)
    var relief = DiskRelief()
    let tables = ["health_sample", "error", "recovery", "health_check"]
    let before = try tables.map { try count(path, $0) }
    for _ in 0..<3 {
      guard let limits = try relief.limits(bytes: 8 << 20, connection, at: time) else { continue }
      // A second write that fails continues with the same limits.
      for _ in 0..<2 {
        var pruner = Pruner(options)
        try pruner.begin(relief: limits, connection)
        while let slice = try pruner.next(connection, now: time.wallClock()) {
          try pruner.run(slice, connection, now: time.wallClock())
        }
      }
      relief.end(connection, at: time)
    }
    let after = try tables.map { try count(path, $0) }
    for (table, (before, after)) in zip(tables, zip(before, after)) {
      #expect(after * 2 >= before - 4 && after < before, "\(table): \(before) → \(after)")
    }
    #expect(try await check(path) == nil)
    #expect(try relief.limits(bytes: 8 << 20, connection, at: time) == nil)
    time.advance(by: .seconds(3_601))
    #expect(try relief.limits(bytes: 8 << 20, connection, at: time) != nil)
  }

  @Test func `the reserve gets the size of the options, and goes when that is 0`() throws {
    let file = LedgerFile(path: folder.path())
    func size() -> Int64? { FileIdentity(path: file.reservePath)?.size }
    for bytes in [Int64(1) << 20, 3 << 20, 2 << 20, 0] {
      ReserveFile(of: file, bytes: bytes).create()
      #expect(size() == (bytes == 0 ? nil : bytes))
    }
    // A file with a hole takes no space.
    #expect(FileManager.default.createFile(atPath: file.reservePath, contents: nil))
    #expect(truncate(file.reservePath, 1 << 20) == 0)
    ReserveFile(of: file, bytes: 1 << 20).create()
    var status = stat()
    #expect(stat(file.reservePath, &status) == 0 && status.st_blocks * 512 >= 1 << 20)
  }
}

extension Timestamp {
  fileprivate static func - (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds - duration.microseconds)
  }
}
