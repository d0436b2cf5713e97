import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// 30 virtual days in a real process that is killed at random, on a disk that another program fills twice. `make test` runs
/// the days with steps of two hours, `make soak` with steps of half a minute.
@Suite struct SoakTests {
  private let load: SoakLoad
  private let folder: TemporaryFolder

  init() throws {
    let seed = UInt64(ProcessInfo.processInfo.environment["HEALING_SEED"] ?? "") ?? .random(in: 0...9_999)
    load = SoakLoad(isWhole: Sweep.isWhole, seed: seed)
    folder = try TemporaryFolder()
  }

  /// What the ledger must count. Every flushed step counts as in the script. What a killed writer had recorded since its
  /// last flush may be lost in part: from the kill on, the ledger's own counts are expected, if they are within the script.
  private struct Expected {
    var totals = [SoakTotals](repeating: SoakTotals(), count: 20)
    /// Steps by which the totals have grown, with their errors; those of a killed run with what was found.
    var errors: [(steps: Range<Int>, found: Int64?)] = []
    /// Steps that a killed writer had not flushed.
    var unflushed: [Range<Int>] = []
  }

  @Test(
    .enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"),
    .timeLimit(.minutes(30)))
  func `after 30 days with kills and a full disk every total is exact and the file within its limit`()
    async throws
  {
    print("seed \(load.seed): replay with HEALING_SEED=\(load.seed)")
    var random = SplitMix64(seed: load.seed)
    let disk = try SmallDisk("\(load.diskMebibytes)m")
    let path = disk.path
    let progressPath = folder.path("progress")
    try Data().write(to: URL(fileURLWithPath: progressPath))
    let json = String(decoding: try JSONEncoder().encode(load), as: UTF8.self)
    var expected = Expected()
    var fills = Fills(disk: disk, load: load)
    var sizes = Sizes(load)
    var next = 0
    var (runs, kills, failed) = (0, 0, 0)
    while next < load.steps {
      runs += 1
      let longest = load.steps / (Sweep.isWhole ? 65 : 5)
      let length = Int.random(in: longest / 4...longest, using: &random)
      let isKilled = Int.random(in: 0..<4, using: &random) > 0
      let end = min(load.steps, next + length, fills.longestRun(from: next))
      // A run that is killed has more to do than it gets to.
      let last = isKilled ? min(load.steps, end + length, fills.longestRun(from: next)) : end
      try Data().write(to: URL(fileURLWithPath: progressPath))
      let writer = try ChildProcess("SoakWriter", [path, progressPath, json, "\(next)", "\(last)"])
      let delay = UInt32.random(in: 0...3_000, using: &random)
      var hasEnded = false
      while !hasEnded {
        let progress = SoakProgress(path: progressPath)
        try fills.follow(progress, of: next)
        sizes.note(progress.recorded, path)
        // A writer that has ended is a zombie until it is waited for.
        hasEnded = progress.flushed == last || !Self.isRunning(writer.pid)
        if isKilled && (progress.recorded >= end || fills.killsNow) {
          usleep(delay)
          writer.signal(SIGKILL)
          fills.noteKill()
          hasEnded = true
        }
        await pause()
      }
      let code = await writer.wait()
      let progress = SoakProgress(path: progressPath)
      failed += progress.failedFlushes
      try fills.follow(progress, of: next)
      try #require(
        code == 0 || isKilled && code == -SIGKILL,
        "\(code), seed \(load.seed): \(disk.contents): \(writer.errorText)")
      kills += code == 0 ? 0 : 1
      let flushed = max(next, progress.flushed)
      let recorded = max(flushed, progress.recorded)
      Self.add(load.totals(next..<flushed), to: &expected.totals)
      expected.errors.append((next..<flushed, nil))
      let comment: Comment = "run \(runs), steps \(next)..<\(recorded), flushed \(flushed), seed \(load.seed)"
      try await settle(&expected, path, flushed..<recorded, comment)
      if runs.isMultiple(of: Sweep.isWhole ? 12 : 4) {
        #expect(try await LedgerCheck(path: path).run().problem == nil, comment)
      }
      next = recorded
    }
    try #require(
      fills.count == 2, "the ledger was not written again on a full disk, \(fills.summary), \(disk.contents)")
    let used = try Pruner.usedBytes(Connection(path: path, mode: .readOnly))
    if Sweep.isWhole {
      // Hours pass in a second, in which a writer deletes ten slices.
      #expect(used <= load.maxBytes + load.maxBytes / 4, "the writers kept the ledger at \(used) bytes")
    }
    let pruning = try await ChildProcess.run(
      "SoakWriter", [path, progressPath, json, "\(load.steps)", "\(load.steps)"])
    try #require(pruning.code == 0, "\(pruning.errors)")
    try await expectTotals(expected.totals, path, "at the end, seed \(load.seed)")
    try expectRetention(path)
    try expectDays(expected, fills, path)
    try expectErrors(expected, fills, path)
    let check = try await LedgerCheck(path: path).run()
    #expect(check.problem == nil, "\(check.lines)")
    #expect(kills >= (Sweep.isWhole ? 30 : 2), "\(kills) kills, \(failed) failed flushes")
    if ProcessInfo.processInfo.environment["HEALING_FIGURES"] != nil || Sweep.isWhole {
      print("\(runs) runs, \(kills) kills, \(failed) failed flushes, largest file by week: \(sizes.largest)")
      for line in check.lines { print(line) }
    }
  }

  private static func isRunning(_ pid: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return !(status.split(separator: ")").last?.hasPrefix(" Z") ?? true)
  }

  private static func add(_ totals: [SoakTotals], to sum: inout [SoakTotals]) {
    for index in sum.indices { sum[index] = sum[index] + totals[index] }
  }

  // MARK: After a run

  /// Opens the ledger once, which marks what a killed run had begun, and compares its totals.
  /// - Parameter unflushed: steps that the run had begun to record since its last flush.
  private func settle(_ expected: inout Expected, _ path: String, _ unflushed: Range<Int>, _ comment: Comment)
    async throws
  {
    try await SQLiteLedger(
      path: path, options: SQLiteLedgerOptions(reserveBytes: load.reserveBytes),
      time: VirtualTime(wall: load.wall(unflushed.upperBound) + .milliseconds(-1))
    ).close()
    guard !unflushed.isEmpty else { return try await expectTotals(expected.totals, path, comment) }
    let found = try await totals(path)
    let more = load.totals(unflushed)
    for (index, totals) in found.enumerated() {
      let (least, most) = (expected.totals[index], expected.totals[index] + more[index])
      for field in SoakTotals.Field.allCases where field != .interrupted {
        #expect(
          (least[field]...most[field]).contains(totals[field]), "component \(index), \(field): \(comment)")
      }
      let executions = load.totals(unflushed)[index]
      #expect(
        totals[.interrupted] - least[.interrupted] <= executions[.saved] + executions[.degraded]
          + executions[.lost],
        "component \(index): \(comment)")
    }
    let errors = try Connection(path: path, mode: .readOnly).integer(
      "SELECT sum(occurrences) FROM error WHERE at >= \(load.wall(unflushed.lowerBound).microseconds)")
    #expect((0...load.errors(unflushed)).contains(errors ?? 0), "\(comment)")
    expected.totals = found
    expected.errors.append((unflushed, errors ?? 0))
    expected.unflushed.append(unflushed)
  }

  private func expectTotals(_ expected: [SoakTotals], _ path: String, _ comment: Comment) async throws {
    for (index, totals) in try await totals(path).enumerated() {
      #expect(totals == expected[index], "component \(index), \(comment)")
    }
  }

  private func totals(_ path: String) async throws -> [SoakTotals] {
    let reader = try SQLiteLedgerReader(path: path)
    let rates = try await reader.samples.rates(.all, component: nil)
    var result: [SoakTotals] = []
    for name in SoakLoad.components {
      let statistics = try await reader.recoveries.statistics(.all, component: name)
      let rate = rates.first { $0.component == name }
      let executions = statistics.executions
      var totals = SoakTotals()
      totals.add(.attempts, rate?.totalRequests ?? 0)
      totals.add(.failures, rate?.failedRequests ?? 0)
      totals.add(.executions, executions.executions)
      totals.add(.recoveries, statistics.overall.totalRecoveries)
      totals.add(.recovered, statistics.overall.successfulRecoveries)
      totals.add(.saved, executions.saved)
      totals.add(.degraded, executions.degraded)
      totals.add(.lost, executions.lost)
      totals.add(.interrupted, executions.interrupted)
      result.append(totals)
    }
    return result
  }

  // MARK: At the end

  private func expectRetention(_ path: String) throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let end = load.wall(load.steps).microseconds
    let ages = SoakLoad.ages
    func count(_ table: String, _ days: Int, _ more: String = "") throws -> Int64 {
      let time = table.hasSuffix("rollup") ? "bucket_at" : "at"
      return try connection.integer(
        "SELECT count(*) FROM \(table) WHERE \(time) < \(end - Int64(days) * 86_400_000_000)\(more)") ?? -1
    }
    #expect(try count("health_sample", ages.samples) == 0)
    #expect(try count("error", ages.errors) == 0)
    #expect(try count("recovery", ages.recoveries) == 0)
    // The last check of each component stays.
    #expect(try count("health_check", ages.checks) <= 20)
    for table in ["sample_rollup", "recovery_rollup", "outcome_rollup"] {
      #expect(try count(table, ages.minutes, " AND resolution = 60") == 0)
      #expect(try count(table, ages.hours, " AND resolution = 3600") == 0)
      #expect(try connection.integer("SELECT count(*) FROM \(table) WHERE resolution = 60") ?? 0 > 0)
    }
    let used = try Pruner.usedBytes(connection)
    #expect(used <= load.maxBytes, "\(used)")
    // A twentieth of the file stays for new rows, and the last slice may have freed some pages more.
    let size = FileIdentity(path: path)?.size ?? 0
    #expect(size <= load.maxBytes + load.maxBytes / 15 + (1 << 20), "\(size)")
  }

  /// Every day has the script's calls. A full disk and a kill leave some of a day's calls to the day after, or lose them:
  /// the totals above are exact with them.
  private func expectDays(_ expected: Expected, _ fills: Fills, _ path: String) throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let days = try connection.rows(
      """
      SELECT bucket_at, sum(successes + failures) AS attempts, sum(failures) AS failures FROM sample_rollup
      WHERE resolution = 86400 GROUP BY 1 ORDER BY 1
      """
    ) {
      (start: $0.integer("bucket_at"), attempts: $0.integer("attempts"), failures: $0.integer("failures"))
    }
    let day: Int64 = 86_400_000_000
    let found = Dictionary(
      uniqueKeysWithValues: days.map { (($0.start - SoakLoad.start.microseconds) / day, $0) })
    for day in 0..<SoakLoad.days where !fills.touches(day) {
      let found = try #require(found[Int64(day)], "day \(day) of \(days.count), seed \(load.seed)")
      let steps = day * load.stepsPerDay..<(day + 1) * load.stepsPerDay
      let script = load.totals(steps).reduce(SoakTotals()) { $0 + $1 }
      var lost = SoakTotals()
      for range in expected.unflushed {
        let part = range.clamped(to: steps)
        if !part.isEmpty { lost = load.totals(part).reduce(lost) { $0 + $1 } }
      }
      #expect(
        (script[.attempts] - lost[.attempts]...script[.attempts]).contains(found.attempts), "day \(day)")
      #expect(
        (script[.failures] - lost[.failures]...script[.failures]).contains(found.failures), "day \(day)")
    }
  }

  /// Every error that retention has kept is there, once.
  private func expectErrors(_ expected: Expected, _ fills: Fills, _ path: String) throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let watermark =
      try connection.integer("SELECT max(pruned_before_at) FROM watermark WHERE table_name = 'error'") ?? 0
    // Errors that a full disk has merged lie between others.
    var since = max(
      fills.lastStep + load.stepsPerDay,
      Int((watermark - SoakLoad.start.microseconds) / 1_000_000) / load.step + 1)
    for range in expected.unflushed where range.contains(since) { since = range.upperBound }
    try #require(since < load.steps, "nothing is left to compare")
    let sum = expected.errors.reduce(Int64(0)) { sum, part in
      let steps = part.steps.clamped(to: since..<load.steps)
      return sum + (steps.isEmpty ? 0 : part.found ?? load.errors(steps))
    }
    let found = try connection.integer(
      "SELECT sum(occurrences) FROM error WHERE at >= \(load.wall(since).microseconds)")
    #expect(found == sum && sum > 0, "since step \(since), seed \(load.seed)")
  }

  // MARK: The disk

  /// Fills the disk on days 5 and 19, when the ledger grows fastest, and frees it two days after the first flush that failed,
  /// if one has succeeded since.
  private struct Fills {
    private enum State { case free, full, felt(step: Int) }

    let disk: SmallDisk
    let load: SoakLoad
    private var state = State.free
    private var steps: [Int] = []
    private var ends: [Int] = []
    private var hasKilled = false
    var count: Int { ends.count }
    var lastStep: Int { ends.last ?? 0 }
    /// For a test that fails.
    var summary: String { "filled at \(steps), freed at \(ends), \(state)" }

    init(disk: SmallDisk, load: SoakLoad) {
      self.disk = disk
      self.load = load
    }

    /// Whether the second full disk is to meet a writer that is killed at once.
    var killsNow: Bool {
      guard case .felt = state else { return false }
      return steps.count == 2 && !hasKilled
    }

    mutating func noteKill() { if killsNow { hasKilled = true } }

    /// - Parameter run: the first step of the run.
    mutating func follow(_ progress: SoakProgress, of run: Int) throws {
      switch state {
      case .free:
        // Without its reserve a ledger cannot free space on a full disk.
        guard steps.count < 2, progress.recorded >= [5, 19][steps.count] * load.stepsPerDay,
          FileManager.default.fileExists(atPath: disk.path + "-reserve")
        else { return }
        try disk.fill()
        steps.append(progress.recorded)
        state = .full
      case .full:
        // Freeing space at once, the writer lets a flush fail only when there was none to free.
        if progress.failedFlushes > 0 || progress.recorded >= (steps.last ?? 0) + load.stepsPerDay / 2 {
          state = .felt(step: progress.recorded)
        }
      case .felt(let step):
        // No hand is needed: the ledger is written again while the disk is full.
        guard progress.recorded >= step + 2 * load.stepsPerDay, progress.flushed > max(step, run) else {
          return
        }
        try disk.empty()
        ends.append(progress.recorded)
        state = .free
      }
    }

    /// Where a run has to end, so that a writer that is faster than this test does not pass the days of a full disk.
    func longestRun(from step: Int) -> Int {
      let next =
        switch state {
        case .free: steps.count < 2 ? [5, 19][steps.count] * load.stepsPerDay : load.steps
        case .full: steps.last ?? 0
        case .felt(let step): step + 2 * load.stepsPerDay
        }
      return max(step, next) + load.stepsPerDay
    }

    func touches(_ day: Int) -> Bool {
      zip(steps, ends).contains { day >= $0 / load.stepsPerDay && day <= $1 / load.stepsPerDay + 1 }
    }
  }

  /// The largest file of each week, in bytes, with its log.
  private struct Sizes {
    private let load: SoakLoad
    private(set) var largest: [Int64] = []

    init(_ load: SoakLoad) { self.load = load }

    mutating func note(_ step: Int, _ path: String) {
      let week = step / load.stepsPerDay / 7
      while largest.count <= week { largest.append(0) }
      let size = [path, path + "-wal"].reduce(Int64(0)) { $0 + (FileIdentity(path: $1)?.size ?? 0) }
      largest[week] = max(largest[week], size)
    }
  }
}
