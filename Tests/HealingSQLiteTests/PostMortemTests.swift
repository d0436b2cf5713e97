import Healing
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// The verdicts of a draft, notes on incidents, and drafts of ledgers that lack rows.
@Suite struct PostMortemTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private func open(_ release: String?) throws -> SQLiteLedger {
    try SQLiteLedger(
      path: folder.path(), identity: ProcessIdentity(program: "shop", release: release),
      options: SQLiteLedgerOptions(
        sampleDetail: .everyCall, errorRowsPerSecond: .max, retention: nil), time: time)
  }

  /// Records the calls of a component in this instant.
  private func record(
    _ ledger: SQLiteLedger, _ component: ComponentName, failures: Int, of calls: Int,
    message: String = "down",
    operation: String = "get"
  ) {
    var counts = CallCounts()
    for call in 0..<calls { counts.add(call < failures ? .failure : .success, microseconds: 1_000) }
    var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
    sample.executions.lost = Int64(failures)
    ledger.record(.sample(sample))
    guard failures > 0 else { return }
    ledger.record(
      .error(
        ErrorContext(
          id: ledger.makeID(), at: time.wallClock(), component: component, operation: operation,
          classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: message,
          occurrences: failures)))
  }

  // MARK: The release, or the world

  @Test func `a fault in one release accuses it, and the same fault outside acquits it`() async throws {
    let (old, new) = (try open("1"), try open("2"))
    for minute in 0..<20 {
      let fails = (5..<15).contains(minute)
      record(old, "inside", failures: 0, of: 50)
      record(new, "inside", failures: fails ? 20 : 0, of: 50)
      record(old, "outside", failures: fails ? 20 : 0, of: 50)
      record(new, "outside", failures: fails ? 21 : 0, of: 50)
      record(old, "fixed", failures: fails ? 20 : 0, of: 50)
      record(new, "fixed", failures: 0, of: 50)
      record(old, "noise", failures: 1, of: 50)
      record(new, "noise", failures: 1, of: 50)
      record(old, "blip", failures: 0, of: 50)
      record(new, "blip", failures: minute == 7 ? 30 : 0, of: 50)
      record(old, "seldom", failures: 0, of: 20)
      record(new, "seldom", failures: fails ? 20 : 0, of: 20)
      // In a deploy at once, the releases never serve together: the fault before and after says nothing.
      record(minute < 10 ? old : new, "moved", failures: minute < 10 ? 0 : 40, of: 50)
      time.advance(by: .seconds(60))
    }
    try await old.close()
    try await new.close()
    let reader = try SQLiteLedgerReader(path: folder.path(), readDeadline: nil)
    func verdicts() async throws -> [String: ReleaseComparison.Verdict] {
      let found = try await reader.compareReleases("1", "2")
      return Dictionary(uniqueKeysWithValues: found.map { ($0.component.text, $0.verdict) })
    }
    let expected: [String: ReleaseComparison.Verdict] = [
      "inside": .accused, "outside": .inBoth, "fixed": .better, "noise": .notSignificant,
      "blip": .fewAndTransient, "seldom": .baselineTooShort, "moved": .baselineTooShort,
    ]
    #expect(try await verdicts() == expected)
    let inside = try #require(try await reader.compareReleases("1", "2", component: "inside").first)
    #expect(inside.stretches == 20 && inside.resolutionSeconds == 60 && inside.badStretchesB == 10)
    #expect(inside.attemptsA == 1_000 && inside.attemptsB == 1_000 && inside.failuresB == 200)
    #expect(try await reader.compareReleases("2", "1", component: "inside").first?.verdict == .better)
    #expect(try await reader.compareReleases("1", "3").isEmpty)
    // By the hour, after the rows of calls are deleted: all calls are in one stretch.
    try Connection(path: folder.path(), mode: .readWrite).execute(
      "UPDATE retention_door SET open = 1; DELETE FROM health_sample; UPDATE retention_door SET open = 0;")
    let coarse = try #require(try await reader.compareReleases("1", "2", component: "inside").first)
    #expect(coarse.stretches == 1 && coarse.resolutionSeconds == 3_600 && coarse.failuresB == 200)
  }

  /// Each release of `habit` fails in its first hour; the last one of `worse` more than the ones before it.
  @Test func `what each deploy brings accuses no release, and a worse beginning does`() async throws {
    var before = try open("0")
    time.advance(by: .seconds(2 * 3_600))
    var shares: [String: [Double]] = [:]
    for number in 1...5 {
      let next = try open("\(number)")
      var counts: [String: (failures: Int, attempts: Int)] = [:]
      for minute in 0..<10 {
        for (name, failures) in [
          ("habit", minute < 5 ? 20 : 0), ("worse", minute < 5 ? (number == 5 ? 21 : 20) : 0),
          ("young", number < 4 ? nil : (minute < 5 ? 20 : 0)),
        ] as [(String, Int?)] {
          guard let failures else { continue }
          record(before, ComponentName(name), failures: 0, of: 50)
          record(next, ComponentName(name), failures: failures, of: 50)
          counts[name, default: (0, 0)].failures += failures
          counts[name, default: (0, 0)].attempts += 50
        }
        time.advance(by: .seconds(60))
      }
      for (name, count) in counts {
        shares[name, default: []].append(Double(count.failures) / Double(count.attempts))
      }
      try await before.close()
      before = next
      time.advance(by: .seconds(4 * 3_600))
    }
    try await before.close()
    let reader = try SQLiteLedgerReader(path: folder.path(), readDeadline: nil)
    let found = try await reader.compareReleases("4", "5")
    let verdicts = Dictionary(uniqueKeysWithValues: found.map { ($0.component.text, $0.verdict) })
    #expect(verdicts == ["habit": .usualInAnyDeploy, "worse": .accused, "young": .accused])
    let worse = try #require(found.first { $0.component == "worse" })
    let own = try #require(shares["worse"])
    #expect(worse.debutShare == own[4] && worse.earlierDebutShare == own[0] && worse.earlierDebuts == 5)
    let young = try #require(found.first { $0.component == "young" })
    #expect(young.earlierDebuts == 2 && young.earlierDebutShare == nil)
    // The range has to begin before the earlier releases.
    #expect(try await reader.compareReleases("1", "2", component: "habit").first?.verdict == .accused)
  }

  /// Newcombe (1998), table II, examples (a), (b), (c) and (g) of method 10.
  @Test func `the bounds of a difference are those of Newcombe's examples`() {
    for (a, m, b, n, lower, upper) in [
      (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0),
      (6, 7, 2, 7, 0.0582, 0.8062),
    ] as [(Int64, Int64, Int64, Int64, Double, Double)] {
      let found = ProportionDifference(
        of: ProportionEstimate(hits: a, of: m), minus: ProportionEstimate(hits: b, of: n))
      #expect(abs(found.lower - lower) < 0.00006 && abs(found.upper - upper) < 0.00006, "\(found)")
    }
    let none = ProportionDifference(
      of: ProportionEstimate(hits: 0, of: 0), minus: ProportionEstimate(hits: 0, of: 0))
    #expect(none.lower == -1 && none.upper == 1)
  }

  // MARK: Openings

  private func opening(
    actor: String? = nil, first: Bool?, meanwhile: (attempts: Int64, failures: Int64), lost: Int64 = 0
  ) -> CircuitOpening {
    CircuitOpening(
      component: "api", ref: LedgerID(rawValue: 1), at: Timestamp(microseconds: 0),
      reason: "failure_threshold",
      actor: actor, errorID: nil, closedAt: nil, closedBy: nil, firstProbeSucceeded: first,
      probesWon: first == true ? 1 : 0, probesLost: lost, rejected: 100, attemptsBefore: 50,
      failuresBefore: 25,
      attemptsMeanwhile: meanwhile.attempts, failuresMeanwhile: meanwhile.failures)
  }

  @Test func `an opening is right, needless or unproven by its probes and by the calls of others`() {
    #expect(opening(first: true, meanwhile: (20, 0)).verdict == .needless)
    #expect(opening(first: true, meanwhile: (20, 1)).verdict == .right)
    #expect(opening(first: true, meanwhile: (19, 0)).verdict == .unproven)
    #expect(opening(first: false, meanwhile: (20, 0), lost: 1).verdict == .right)
    #expect(opening(first: nil, meanwhile: (0, 0)).verdict == .pending)
    #expect(opening(actor: "ana", first: true, meanwhile: (20, 0)).verdict == .operated)
    // 25 of 50 failed before, and 4 of 4 probes: 29 of 54.
    #expect(opening(first: nil, meanwhile: (0, 0), lost: 4).avoidedFailures == 54)
  }

  // MARK: What is different

  @Test func `a planted difference ranks first among eight noisy dimensions`() async throws {
    let ledger = try open("1")
    var random = SplitMix64(seed: 7)
    func error(_ operation: String) {
      let categories: [ErrorCategory] = [.network, .timeout, .api]
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: time.wallClock(),
            component: ["api", "db"].randomElement(using: &random) ?? "api", operation: operation,
            classification: ErrorClassification(
              category: categories.randomElement(using: &random) ?? .api, rule: "r"), type: "T",
            message: ["down", "slow", "full"].randomElement(using: &random) ?? "down")))
    }
    for _ in 0..<400 {
      error(["get", "put", "list", "delete"].randomElement(using: &random) ?? "get")
      time.advance(by: .seconds(3))
    }
    let begin = time.wallClock()
    for call in 0..<100 {
      error(
        call % 2 == 0 ? "charge" : ["get", "put", "list", "delete"].randomElement(using: &random) ?? "get")
      time.advance(by: .seconds(3))
    }
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: folder.path(), readDeadline: nil)
    let all = try await reader.differences(begin..<time.wallClock())
    let notable = ErrorDifference.notable(all)
    let first = try #require(notable.first)
    #expect(
      first.dimension == "operation" && first.value == "charge" && first.count == 50 && first.total == 100)
    #expect(first.before == 0 && first.totalBefore == 400 && first.difference == 0.5)
    // χ² of 50 and 50 of the range, 0 and 400 before: 500 (50 · 400)² / (100 · 400 · 50 · 450).
    #expect(abs(first.chiSquare - 500.0 * 20_000 * 20_000 / (100 * 400 * 50 * 450)) < 1e-6)
    #expect(!notable.contains { $0.dimension == "release" || $0.dimension == "host" })
  }

  // MARK: After retention

  @Test(arguments: [100, 800])
  func `the impact of a pinned incident stays when hours and days are all that is left`(
    days: Int
  ) async throws {
    let incidents = try await twoOutages()
    let (id, incident) = (incidents[0].id, incidents[0])
    let before = try #require(try await draft(id))
    #expect(before.totals.failures == 50 && before.baseline.first?.executions.executions == 400)
    // Calls of the same hour and day, outside of the incident's minutes.
    let upkeep = try LedgerUpkeep(path: folder.path(), identity: ProcessIdentity(), time: time)
    _ = try await upkeep.pin(
      incident.startedAt..<incident.endedAt, component: nil, reason: "review", actor: "ana")
    time.advance(by: .seconds(days * 86_400))
    // Something is written, so that the present is then.
    let ledger = try open("2")
    record(ledger, "db", failures: 0, of: 20)
    try await ledger.close()
    _ = try await upkeep.prune(.standard)
    let reader = try SQLiteLedgerReader(path: folder.path(), readDeadline: nil)
    let after = try #require(
      try await reader.postMortem(of: id, now: incident.endedAt + .seconds(3_600)))
    #expect(after.impact == before.impact && after.totals == before.totals)
    // The stretch before is not pinned: it is gone, not widened.
    #expect(after.baseline.isEmpty)
    // A report on the range itself says more than the incident: whole hours or days.
    let range = LedgerRange(since: incident.startedAt, until: incident.endedAt)
    let wide = try await reader.impact(range, component: "db")
    #expect(wide.first?.executions.executions ?? 0 > before.totals.executions.executions)
    for (since, until) in [(0, 0), (30, 0), (90, 30), (-100, -200)] {
      let empty = LedgerRange(
        since: incident.startedAt + .seconds(since), until: incident.startedAt + .seconds(until))
      #expect(try await reader.impact(empty).isEmpty, "\(since) to \(until)")
    }
    let long = LedgerRange(since: Timestamp(microseconds: -90_000_000), until: Timestamp(microseconds: -1))
    #expect(try await reader.impact(long).isEmpty)
    let all = LedgerRange(since: Timestamp(microseconds: -90_000_000), until: time.wallClock() + .seconds(60))
    #expect(try await reader.impact(all, component: "db") == reader.impact(component: "db"))
  }

  // MARK: Notes

  /// Two outages of two components an hour apart, and one of both an hour later.
  private func twoOutages() async throws -> [Incident] {
    let ledger = try open("1")
    for minute in 0..<200 {
      record(
        ledger, "db", failures: (20..<25).contains(minute) || (150..<155).contains(minute) ? 10 : 0, of: 20)
      record(ledger, "mail", failures: (80..<84).contains(minute) ? 5 : 0, of: 20, message: "full")
      time.advance(by: .seconds(60))
    }
    try await ledger.close()
    return try await SQLiteLedgerReader(path: folder.path(), readDeadline: nil).incidents(
      now: time.wallClock()
    ).incidents
  }

  private func note(_ incident: String, _ kind: IncidentNote.Kind, _ text: String, at: Timestamp? = nil)
    async throws
  {
    let ledger = try open("1")
    ledger.record(
      .note(
        IncidentNote(at: at ?? time.wallClock(), incident: incident, kind: kind, text: text, actor: "ana")))
    try await ledger.close()
  }

  private func draft(_ id: String) async throws -> PostMortem? {
    try await SQLiteLedgerReader(path: folder.path(), readDeadline: nil).postMortem(
      of: id, now: time.wallClock())
  }

  @Test func `notes are applied to the draft, and computed values stay beside them`() async throws {
    let incidents = try await twoOutages()
    let id = try #require(incidents.first).id
    #expect(incidents.map(\.id) == ["2026-01-01-db-0020", "2026-01-01-mail-0120", "2026-01-01-db-0230"])
    let before = try #require(try await draft(id))
    #expect(before.title == nil && before.times.detected == nil && before.times.ttdSeconds == nil)
    try await note(id, .title, "first title")
    try await note(id, .title, "the pool; password=hunter2")
    try await note(id, .cause, "too few connections")
    try await note(id, .detectedAt, "2026-01-01T00:22:00Z")
    try await note(id, .actionItem, "alert on the pool")
    let after = try #require(try await draft(id))
    #expect(after.title?.hasPrefix("the pool") == true && after.title?.contains("hunter2") == false)
    #expect(after.times.detected?.at == Timestamp(iso8601: "2026-01-01T00:22:00Z"))
    #expect(after.times.ttdSeconds == 120 && after.times.told == nil)
    #expect(after.notes.count == 5 && after.notes.map(\.actor) == Array(repeating: "ana", count: 5))
    // A note that comes after the end is no act; one that comes before it is.
    #expect(after.times.acted == nil)
    try await note(id, .text, "on it", at: Timestamp(iso8601: "2026-01-01T00:23:00Z"))
    #expect(try await draft(id)?.times.acted?.actor == "ana")
    #expect(try await draft(id)?.times.ttaSeconds == 60)
    // Notes on one incident do not show in another.
    #expect(try await draft("2026-01-01-mail-0120")?.notes.isEmpty == true)
    // In the later incident the same errors are found again, with the title.
    let similar = try #require(try await draft("2026-01-01-db-0230")?.seenBefore.first)
    #expect(similar.id == id && similar.similarity == 1 && similar.title?.hasPrefix("the pool") == true)
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  @Test func `a merged incident is an alias, and a split takes it out again`() async throws {
    let ids = try await twoOutages().map(\.id)
    let (first, second) = (ids[0], ids[1])
    try await note(first, .merge, second)
    let merged = try #require(try await draft(second))
    #expect(merged.id == first && merged.merged == [second])
    #expect(merged.components == ["db", "mail"])
    #expect(merged.times.ended.at == Timestamp(iso8601: "2026-01-01T01:24:00Z"))
    #expect(merged.totals.failures == 50 + 20)
    // A merge back would make each a part of the other: it has no effect.
    try await note(second, .merge, first)
    #expect(try await draft(first)?.merged == [second])
    try await note(first, .split, second)
    #expect(try await draft(second)?.id == second)
    #expect(try await draft(first)?.merged == [])
    #expect(try await draft("2026-01-01-db-0021") == nil)
    #expect(try await draft("nonsense") == nil)
    let near = try await SQLiteLedgerReader(path: folder.path(), readDeadline: nil).incidentIDs(
      near: "2026-01-01-db-0021", rules: IncidentRules(), now: time.wallClock())
    #expect(near.first == first && near.count == 3)
  }

  @Test func `without rows the draft differs in resolution only`() async throws {
    let incidents = try await twoOutages()
    let id = try #require(incidents.first).id
    let whole = try #require(try await draft(id))
    #expect(whole.times.started.isExact && whole.times.started.source == "error")
    try Connection(path: folder.path(), mode: .readWrite).execute(
      """
      UPDATE retention_door SET open = 1;
      DELETE FROM error; DELETE FROM health_sample; DELETE FROM rejected_call;
      UPDATE retention_door SET open = 0;
      """)
    let coarse = try #require(try await draft(id))
    #expect(!coarse.times.started.isExact && coarse.times.started.source == "minute")
    #expect(coarse.impact == whole.impact && coarse.faults == whole.faults && coarse.retries == whole.retries)
    #expect(coarse.minutes == whole.minutes && coarse.times.mitigated == whole.times.mitigated)
    #expect(coarse.times.ended == whole.times.ended)
  }
}
