import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Real processes, real SIGKILL. `HEALING_KILLS` says how many; `make test-kill` runs 200.
@Suite(.serialized) struct CrashTests {
  static let kills = ProcessInfo.processInfo.environment["HEALING_KILLS"].flatMap { Int($0) } ?? 40

  @Test func `flushed rows survive SIGKILL, and roll-ups agree with the rows`() async throws {
    let seed = UInt64(ProcessInfo.processInfo.environment["HEALING_SEED"] ?? "") ?? .random(in: 0...9_999)
    print("seed \(seed): replay with HEALING_SEED=\(seed)")
    var generator = SplitMix64(seed: seed)
    var folder = try TemporaryFolder()
    for round in 0..<Self.kills {
      if round.isMultiple(of: 20) { folder = try TemporaryFolder() }
      let path = folder.path()
      let writer = try ChildProcess("CrashWriter", [path, String(generator.next() >> 1)])
      // The moment of death is what is tested; there is no condition to wait for.
      await writer.killAfterFirstLine(microseconds: .random(in: 0...40_000, using: &generator))
      await writer.expectEnd(-SIGKILL)
      try await Self.expectAcknowledged(by: writer, at: path, "round \(round) seed \(seed)")
    }
  }

  /// Checks that the ledger has what the writer said last, that it can be read as a whole, and that the writer's
  /// run has not ended.
  private static func expectAcknowledged(by writer: ChildProcess, at path: String, _ comment: String)
    async throws
  {
    let acknowledged = try #require(writer.lines.last).split(separator: " ").compactMap { Int64($0) }
    try #require(acknowledged.count == 4)
    let connection = try Connection(path: path, mode: .readOnly)
    let process = acknowledged[0]
    let calls = try connection.integer(
      "SELECT sum(successes) FROM health_sample WHERE process_id = ?"
    ) { $0.bind(1, process) }
    let recoveries = try connection.integer(
      "SELECT sum(occurrences) FROM recovery WHERE process_id = ?"
    ) { $0.bind(1, process) }
    let errors = try connection.integer(
      "SELECT sum(occurrences) FROM error WHERE process_id = ?"
    ) { $0.bind(1, process) }
    #expect(try #require(calls) >= acknowledged[1], "\(comment)")
    #expect((recoveries ?? 0) >= acknowledged[2], "\(comment)")
    #expect((errors ?? 0) >= acknowledged[3], "\(comment)")
    #expect(try await LedgerCheck(path: path).run().problem == nil, "\(comment)")
  }

  @Test func `what was flushed survives an exit without close, and the next start ends the run`() async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let writer = try ChildProcess("CrashWriter", [path, "7", "20"])
    await writer.expectEnd()
    #expect(writer.lines.count == 20)
    try await Self.expectAcknowledged(by: writer, at: path, "exit")
    let next = try SQLiteLedger(path: path)
    #expect(try await next.processes.recent(limit: 2).map(\.end) == [.interrupted, nil])
    try await next.close()
  }

  @Test(arguments: ["exit", "return"])
  func `the last entries survive an exit without close or flush`(ending: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let writer = try ChildProcess("CrashWriter", [path, ending])
    await writer.expectEnd(ending == "exit" ? 3 : 0)
    let connection = try Connection(path: path, mode: .readOnly)
    #expect(try connection.integer("SELECT sum(successes) FROM health_sample") == 20_000)
    #expect(try connection.integer("SELECT sum(occurrences) FROM error") == 50)
    #expect(try connection.integer("SELECT sum(occurrences) FROM recovery") == 50)
    #expect(try connection.integer("SELECT count(*) FROM recovery_in_progress") == 1)
    #expect(try await LedgerCheck(path: path).run().problem == nil)
    let next = try SQLiteLedger(path: path)
    let end = try await next.processes.recent(limit: 2).first?.end
    // After a return the released ledger closes itself, if the process leaves it the time.
    #expect(ending == "exit" ? end == .interrupted : end != nil)
    try await next.close()
  }

  @Test func `an exit on the writer's own thread ends the process`() async throws {
    let folder = try TemporaryFolder()
    let writer = try ChildProcess("CrashWriter", [folder.path(), "notice"])
    await writer.expectEnd(3)
  }

  @Test func `the next start marks the unfinished recoveries of a killed process`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let writer = try ChildProcess("CrashWriter", [path, "1"])
    let line = try await writer.waitForLine { _ in true }
    let dead = try #require(line.split(separator: " ").first.flatMap { Int64($0) })
    // While it runs, no process marks it as dead.
    let meanwhile = try SQLiteLedger(path: path)
    #expect(try await meanwhile.processes.recent(limit: 10).first { $0.id == dead }?.end == nil)
    let start = RecoveryStart(
      executionID: meanwhile.makeID(), at: SystemTimeSource().wallClock(), component: "a", operation: "op",
      action: .retryBackoff, errorID: nil)
    meanwhile.record(.recoveryStarted(start))
    try await meanwhile.close()
    writer.signal(SIGKILL)
    await writer.wait()
    let next = try SQLiteLedger(path: path)
    let processes = try await next.processes.recent(limit: 10)
    #expect(processes.first { $0.id == dead }?.end == .interrupted)
    #expect(processes.first { $0.id == meanwhile.processID }?.end == .clean)
    let interrupted = try await next.recoveries.recent(.all, component: nil, limit: 1)
    #expect(interrupted.first?.outcome == .interrupted)
    #expect(interrupted.first?.executionID == start.executionID)
    try await next.close()
    // Marked once, not again at each start.
    let after = try SQLiteLedger(path: path)
    let newest = try await after.recoveries.recent(.all, component: nil, limit: 2)
    #expect(newest.filter { $0.outcome == .interrupted }.count == 1)
    try await after.close()
  }
}
