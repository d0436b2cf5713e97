import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting
import Testing

/// Ledgers from which retention has deleted rows are merged, exported and salvaged with all of their totals.
@Suite(.serialized) struct PrunedTransferTests {
  private let folder: TemporaryFolder
  private let time = VirtualTime()
  private var path: String { folder.path("one.db") }
  private var target: String { folder.path("fleet.db") }

  init() throws { folder = try TemporaryFolder() }

  enum Kept: CaseIterable {
    /// Sums of minutes stay.
    case minutes
    /// Sums of minutes and hours go, too.
    case days
  }

  private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

  /// Writes calls of two components, every two hours, for some days.
  private func write(days: Int) async throws {
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    for number in 0..<(days * 12) {
      for component in ["api", "db"] as [ComponentName] {
        let now = time.wallClock()
        var counts = CallCounts()
        counts.add(.success, microseconds: 1_500)
        counts.add(.failure, microseconds: Int64(number) * 1_000)
        counts.add(.rejected, microseconds: 0, rejection: .circuit)
        var sample = HealthSample(component: component, at: now, counts: counts)
        sample.executions.add(.saved)
        sample.rejections = [RejectedOperation(operation: "get", reason: .circuit): 1]
        ledger.record(.sample(sample))
        ledger.record(
          .recovery(
            RecoveryRecord(
              id: ledger.makeID(), at: now, component: component, operation: "get",
              action: number.isMultiple(of: 3) ? .fallback : .retry,
              outcome: number.isMultiple(of: 4) ? .failed : .succeeded, attempts: 2,
              duration: .milliseconds(number % 90 + 1))))
      }
      time.advance(by: .seconds(7_200))
    }
    try await ledger.close()
  }

  private func prune(_ kept: Kept) throws {
    var options = RetentionOptions(samples: Self.days(2), recoveries: Self.days(3), minutes: nil, hours: nil)
    if kept == .days { (options.minutes, options.hours) = (Self.days(5), Self.days(8)) }
    let connection = try Connection(path: path, mode: .readWrite)
    var pruner = Pruner(options)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: time.wallClock()) {
      try pruner.run(slice, connection, now: time.wallClock())
    }
    #expect(pruner.deleted["recovery"]?.rows ?? 0 > 0 && pruner.deleted["health_sample"]?.rows ?? 0 > 0)
  }

  /// Totals in all and by day, by component, action, epoch and reason.
  private func totals(_ path: String, hasClasses: Bool = true, hasExecutions: Bool) throws -> [String] {
    let connection = try Connection(path: path, mode: .readOnly)
    let classes = hasClasses ? ", upto_1ms, upto_10ms, upto_100ms, upto_1s, upto_10s, over_10s" : ""
    func lines(_ table: String, _ columns: String, group: String = "") throws -> [String] {
      let list = columns.split(separator: ", ").joined(separator: " || '|' || ")
      return try connection.rows(
        """
        SELECT '\(table) ' || resolution || '|' || t.bucket_at || '|' || c.name || '|' || \(list) FROM \(table) t
        JOIN component c ON c.id = t.component_id WHERE resolution IN (0, 86400) \(group) ORDER BY 1
        """
      ) { $0.text(0) }
    }
    return try lines(
      "recovery_rollup",
      "action, total, successful, attempts, duration_sum_us\(hasClasses ? ", duration_max_us" : "")")
      + lines(
        "sample_rollup",
        "t.epoch, successes, failures, rejected, cancelled, caller_errors, stale, duration_sum_us, duration_max_us\(classes)"
      )
      + lines(
        "rejection_rollup", "t.epoch, reason, sum(calls)",
        group: "GROUP BY resolution, t.bucket_at, c.name, t.epoch, reason")
      + (hasExecutions
        ? lines("outcome_rollup", "attempts, extra_attempts, t.rejected, saved, lost, interrupted") : [])
  }

  private func expectSound(_ path: String) async throws {
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  private func merge() async throws -> (code: Int32, output: String, errors: String) {
    let result = try await Program.run("merge", path, "--ledger", target)
    #expect(result.code == 0, "\(result)")
    return result
  }

  @Test(arguments: Kept.allCases) func `a pruned ledger is merged with all of its totals, once`(kept: Kept)
    async throws
  {
    try await write(days: 12)
    let before = try totals(path, hasExecutions: kept == .minutes)
    try prune(kept)
    #expect(try totals(path, hasExecutions: kept == .minutes) == before)
    let result = try await merge()
    #expect(result.errors.contains("executions from before") == (kept == .days), "\(result.errors)")
    #expect(try totals(target, hasExecutions: kept == .minutes) == before)
    try await expectSound(target)
    #expect(try await merge().output == "\(path): nothing new\n")
    #expect(try totals(target, hasExecutions: kept == .minutes) == before)
  }

  @Test(arguments: Kept.allCases) func `rows that were merged before their deletion are not counted twice`(
    kept: Kept
  )
    async throws
  {
    try await write(days: 6)
    _ = try await merge()
    // Of these days some rows are deleted before they are merged.
    try await write(days: 6)
    let all = try totals(path, hasExecutions: kept == .minutes)
    try prune(kept)
    _ = try await merge()
    #expect(try totals(target, hasExecutions: kept == .minutes) == all)
    try await expectSound(target)
    // Retention goes on in the source.
    try await write(days: 2)
    let later = try totals(path, hasExecutions: kept == .minutes)
    _ = try await merge()
    try prune(kept)
    #expect(try await merge().output == "\(path): nothing new\n")
    #expect(try totals(target, hasExecutions: kept == .minutes) == later)
    try await expectSound(target)
  }

  @Test(arguments: Kept.allCases)
  func `the export of a pruned ledger is ingested with all of its totals, once`(kept: Kept)
    async throws
  {
    try await write(days: 12)
    let all = try totals(path, hasExecutions: kept == .minutes)
    let files = [folder.path("whole.ndjson"), folder.path("pruned.ndjson")]
    func export(_ file: String) async throws {
      let result = try await Program.run("export", "--ledger", path)
      try #require(result.code == 0, "\(result.errors)")
      try Data(result.output.utf8).write(to: URL(fileURLWithPath: file))
    }
    try await export(files[0])
    try prune(kept)
    try await export(files[1])
    // The pruned one alone, and after the rows of the whole one.
    for (index, inputs) in [[files[1], files[1]], [files[0], files[1]]].enumerated() {
      let copy = folder.path("copy-\(index).db")
      for input in inputs {
        let result = try await Program.run("ingest", input, "--ledger", copy)
        #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
        #expect(try totals(copy, hasExecutions: kept == .minutes) == all)
      }
      try await expectSound(copy)
    }
    let sums = try await Program.run("export", "recovery_sums", "--ledger", path)
    try Data(sums.output.utf8).write(to: URL(fileURLWithPath: files[0]))
    let refused = try await Program.run("ingest", files[0], "--ledger", folder.path("sums.db"))
    #expect(
      refused.code == 1 && refused.errors.contains("comes without the rows of its ledger"), "\(refused)")
  }

  @Test(arguments: Kept.allCases) func `a pruned ledger is salvaged with all of its totals`(kept: Kept)
    async throws
  {
    try await write(days: 12)
    try prune(kept)
    let new = folder.path("salvaged.db")
    #expect(try await Program.run("salvage", path, new).code == 0)
    #expect(
      try totals(new, hasClasses: false, hasExecutions: kept == .minutes)
        == totals(path, hasClasses: false, hasExecutions: kept == .minutes))
    try await expectSound(new)
  }

  @Test func `merge says whose rates count calls from before a reset`() async throws {
    try await write(days: 1)
    #expect(try await merge().errors.isEmpty)
    let ledger = try SQLiteLedger(path: path)
    ledger.record(.metricsReset("db", at: SystemTimeSource().wallClock()))
    try await ledger.close()
    #expect(
      try await merge().errors.contains(
        "the metrics of db were reset there since the last merge: the rates in \(target) still count the calls"
      ))
  }
}
