import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

/// Makes the calls of steps of a ``SoakLoad`` in virtual time, as a service that never waits for its ledger: a flush that
/// fails is not repeated, the next step begins. Made to be killed.
///
///     SoakWriter LEDGER PROGRESS LOAD FIRST END
///
/// LOAD is the load as JSON. PROGRESS is a file with a ``SoakProgress``. With END = FIRST the program prunes the ledger and
/// ends.
@main
struct SoakWriter {
  static func main() async throws {
    let words = CommandLine.arguments
    guard words.count == 6, let first = Int(words[4]), let end = Int(words[5]) else {
      FileHandle.standardError.write(Data("usage: SoakWriter LEDGER PROGRESS LOAD FIRST END\n".utf8))
      exit(2)
    }
    let load = try JSONDecoder().decode(SoakLoad.self, from: Data(words[3].utf8))
    if first == end { return try prune(words[1], load, at: load.wall(end)) }
    let time = VirtualTime(wall: load.wall(first) + .seconds(-61))
    let ledger = try SQLiteLedger(
      path: words[1], identity: ProcessIdentity(program: "soak-writer"), options: options(load), time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .milliseconds(1), jitter: .none), breaker: nil),
      time: time)
    // The reserve is created at the opening, unless the disk is full.
    time.advance(by: .seconds(61))
    for _ in 0..<1_000 where !FileManager.default.fileExists(atPath: words[1] + "-reserve") { await pause() }
    guard let progress = FileHandle(forWritingAtPath: words[2]) else { throw CocoaError(.fileNoSuchFile) }
    try await Self(load: load, time: time, ledger: ledger, engine: engine, file: progress, path: words[1])
      .run(first..<end)
    try await ledger.close()
  }

  private static func options(_ load: SoakLoad) -> SQLiteLedgerOptions {
    SQLiteLedgerOptions(retention: retention(load), reserveBytes: load.reserveBytes)
  }

  private static func retention(_ load: SoakLoad) -> RetentionOptions {
    func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
    let ages = SoakLoad.ages
    return RetentionOptions(
      samples: days(ages.samples), errors: days(ages.errors), recoveries: days(ages.recoveries),
      checks: days(ages.checks), events: days(ages.events), minutes: days(ages.minutes),
      hours: days(ages.hours), maxBytes: load.maxBytes)
  }

  let load: SoakLoad
  let time: VirtualTime
  let ledger: SQLiteLedger
  let engine: RecoveryEngine
  let file: FileHandle
  let path: String

  private struct Down: Error, CustomStringConvertible {
    let host: Int
    var description: String { "connection to backend-\(host).internal:8443 was reset by its peer" }
  }

  private func run(_ steps: Range<Int>) async throws {
    let components = SoakLoad.components.map { engine.component($0) }
    var progress = SoakProgress()
    progress.flushed = steps.lowerBound
    for step in steps {
      progress.recorded = step + 1
      try progress.write(to: file)
      time.advance(by: load.wall(step) - time.wallClock())
      await record(step, components)
      let next = step + 1
      if next.isMultiple(of: load.stepsPerFlush) || next == steps.upperBound {
        do throws(LedgerError) {
          try await ledger.flush()
          progress.flushed = next
        } catch {
          progress.failedFlushes += 1
          try await Task.sleep(for: .milliseconds(50))
        }
        try progress.write(to: file)
      }
      if load.isPaced && next.isMultiple(of: load.stepsPerDay) { try await catchUp(next) }
    }
    for _ in 0..<1_000 where progress.flushed < steps.upperBound {
      do throws(LedgerError) {
        try await ledger.flush()
        progress.flushed = steps.upperBound
      } catch {
        // A full disk costs rows once a minute.
        time.advance(by: .seconds(1))
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    try progress.write(to: file)
  }

  private func record(_ step: Int, _ components: [Component]) async {
    let now = time.wallClock()
    var counts = CallCounts()
    counts.add(.success, microseconds: 4_000)
    counts.successes = load.merged
    counts.durationSumMicroseconds = 4_000 * load.merged
    counts.histogram.upTo10ms = load.merged
    for name in SoakLoad.components {
      ledger.record(.sample(HealthSample(component: name, at: now, counts: counts)))
    }
    if step.isMultiple(of: max(1, 30 / load.step)) {
      ledger.record(
        .check(
          HealthCheckRecord(
            id: ledger.makeID(), at: now, component: SoakLoad.components[step % 20], status: .healthy,
            previousStatus: nil, errorRate: 0.001, totalRequests: 15_000, failedRequests: 15,
            responseTime: .milliseconds(4), message: "", issues: [])))
    }
    for (index, failure) in load.failures(step).enumerated() {
      var attempts = 0
      // The calls of a lost execution throw.
      _ = try? await components[failure.component].execute(
        "get", fallbacks: failure.ending == .answered ? [Fallback("cache") { 0 }] : [],
        request: RequestInfo(requestID: "request-\(step)-\(index)")
      ) {
        attempts += 1
        if failure.ending == .retried && attempts == 2 { return 1 }
        throw Down(host: failure.component)
      }
    }
  }

  /// Waits until no sample is hours older than its age and the ledger is within its size, for ten seconds at most.
  private func catchUp(_ step: Int) async throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let oldest = load.wall(step) + .seconds(-(SoakLoad.ages.samples * 86_400 + 10_800))
    for _ in 0..<10_000 {
      let at = try connection.integer("SELECT at FROM health_sample ORDER BY id LIMIT 1") ?? .max
      if try at >= oldest.microseconds && Pruner.usedBytes(connection) <= load.maxBytes { return }
      await pause()
    }
  }

  /// Prunes as `healing prune` does, at a virtual time.
  private static func prune(_ path: String, _ load: SoakLoad, at now: Timestamp) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA foreign_keys = ON")
    var pruner = Pruner(retention(load))
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    try connection.checkpoint(.truncating)
  }
}
