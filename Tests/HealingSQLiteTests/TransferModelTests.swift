import Foundation
import Healing
import HealingLedger
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Ledgers are written, pruned, merged, exported and ingested at random, with interruptions and runs that begin meanwhile. The target then
/// has the totals of all calls, and `healing check` finds nothing. `HEALING_TRANSFERS` says how many sequences; `make test` runs 3.
@Suite struct TransferModelTests {
  static let sequences = ProcessInfo.processInfo.environment["HEALING_TRANSFERS"].flatMap { Int($0) } ?? 3
  /// Operations of a sequence.
  private static let length = 24

  /// Figures by what they count.
  typealias Totals = [String: Int64]
  typealias Export = (identity: String, rows: [(table: TransferTable, row: TransferRow)])

  private struct Interrupted: Error {}

  /// One sequence.
  private final class Sequence {
    let folder: TemporaryFolder
    let time = VirtualTime()
    var random: SplitMix64
    /// What was recorded in each source.
    var truth: [Totals] = [[:], [:], [:]]
    /// The last source is ingested from exports, the others are merged.
    var exports: [Export] = []
    var log: [String] = []
    var events = 0
    /// Older copies of the sources that are merged.
    var copies: [(source: Int, path: String)] = []
    var hasMergedCopy = false

    init(seed: Int) throws {
      folder = try TemporaryFolder()
      random = SplitMix64(seed: UInt64(seed) &* 7_919 &+ 13)
    }

    var target: String { folder.path("target.db") }
    func source(_ index: Int) -> String { folder.path("source-\(index).db") }
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ percent: Int) -> Bool { pick(1...100) <= percent }

    func identity(_ host: String) -> ProcessIdentity {
      var identity = ProcessIdentity(program: "model")
      identity.host = host
      return identity
    }

    // MARK: Sources

    func write(_ index: Int) async throws {
      let ledger = try SQLiteLedger(
        path: source(index), identity: identity("host-\(index)"),
        options: SQLiteLedgerOptions(retention: nil), time: time)
      for _ in 0..<pick(1...4) {
        let component: ComponentName = chance(50) ? "api" : "db"
        var counts = CallCounts()
        for _ in 0..<pick(0...3) { counts.add(.success, microseconds: Int64(pick(1...90_000))) }
        for _ in 0..<pick(0...2) { counts.add(.failure, microseconds: Int64(pick(1...90_000))) }
        counts.add(.success, microseconds: 5)
        var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
        for reason in [RejectionReason.circuit, .bulkhead] where chance(50) {
          let operation = chance(50) ? "get" : "put"
          sample.counts.add(.rejected, microseconds: 0, rejection: reason)
          sample.executions.rejected += 1
          sample.rejections[RejectedOperation(operation: operation, reason: reason)] = 1
          add(1, "\(component) rejections \(reason)", index)
        }
        sample.executions.add(chance(50) ? .saved : .lost)
        ledger.record(.sample(sample))
        count(sample, index)
        if chance(60) {
          let recovery = RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: component, operation: "get", action: .retry,
            outcome: chance(50) ? .succeeded : .failed, attempts: 2, duration: .milliseconds(pick(1...90)))
          ledger.record(.recovery(recovery))
          add(1, "\(component) recoveries", index)
          add(recovery.success ? 1 : 0, "\(component) successful", index)
          add(recovery.duration.microseconds, "\(component) recovery time", index)
        }
        ledger.record(
          .error(
            ErrorContext(
              id: ledger.makeID(), at: time.wallClock(), component: component, operation: "get",
              classification: ErrorClassification(category: .network, rule: "x"), type: "E", message: "down"))
        )
        if chance(50) { time.advance(by: .seconds(pick(1...400))) }
      }
      try await ledger.close()
    }

    /// Another program's calls, some of them late or ahead of the clock.
    func ingestEvents(_ index: Int) throws {
      let target = try LedgerImport(path: source(index), identity: identity("events"), time: time)
      let now = time.wallClock()
      try target.write { batch throws(SQLiteError) in
        for _ in 0..<self.pick(1...3) {
          self.events += 1
          let lead = self.chance(15) ? self.pick(1...70_000) : -self.pick(0...200_000)
          let outcome: CallOutcome = self.chance(70) ? .success : .failure
          let event = IngestedEvent(
            at: now + .seconds(lead), component: self.chance(50) ? "api" : "db", operation: "get",
            outcome: outcome, duration: Int64(self.pick(1...90_000)), hash: UInt64(self.events) &* 977)
          #expect(try batch.insert(event) == .stored)
          var sample = HealthSample(component: event.component, at: event.at, counts: CallCounts())
          sample.counts.add(outcome, microseconds: event.duration)
          if outcome == .failure { sample.executions.add(.lost) }
          self.count(sample, index)
        }
      }
      try target.close()
    }

    private func count(_ sample: HealthSample, _ index: Int) {
      let name = sample.component
      add(sample.counts.successes, "\(name) successes", index)
      add(sample.counts.failures, "\(name) failures", index)
      add(sample.counts.rejected, "\(name) rejected", index)
      add(sample.counts.durationSumMicroseconds, "\(name) time", index)
      add(sample.counts.successes + sample.counts.failures, "\(name) attempts", index)
      add(sample.executions.saved, "\(name) saved", index)
      add(sample.executions.lost, "\(name) lost", index)
    }

    private func add(_ number: Int64, _ figure: String, _ index: Int) {
      if number != 0 { truth[index][figure, default: 0] += number }
    }

    func prune(_ path: String) throws {
      guard FileManager.default.fileExists(atPath: path) else { return }
      func age() -> Duration { .seconds(pick(0...60) * 3_000) }
      let options = RetentionOptions(
        samples: age(), errors: age(), recoveries: age(), events: age(), minutes: nil, hours: nil)
      let connection = try Connection(path: path, mode: .readWrite)
      var pruner = Pruner(options)
      try pruner.begin(connection)
      while let slice = try pruner.next(connection, now: time.wallClock()) {
        try pruner.run(slice, connection, now: time.wallClock())
      }
    }

    // MARK: Transfers

    /// - Parameters:
    ///   - steps: after which the merge is interrupted; `nil`: it is not.
    ///   - writesAfter: steps after which a run begins in the source and writes; `nil`: none does.
    ///   - copy: an older copy of the source, which is merged instead.
    func merge(
      _ index: Int, copy: String? = nil, interruptedAfter steps: Int? = nil, writesAfter: Int? = nil
    ) throws {
      let opened = try LedgerImport(path: target, identity: identity("merge"), time: time)
      var step = 0
      do throws(LedgerError) {
        let report = try LedgerMerge(into: opened, path: target).merge(copy ?? source(index)) {
          _, _ throws(LedgerError) in
          step += 1
          do {
            if step == writesAfter { try self.ingestEvents(index) }
          } catch {
            Issue.record(error)
          }
          guard step != steps else {
            throw LedgerError(.other, ledger: "", problem: "interrupted", remedy: "")
          }
        }
        #expect(report.refused == 0 && (!report.isRestored || hasMergedCopy), "\(report.firstRefusal ?? "")")
      } catch {
        #expect(error.problem == "interrupted", "\(error)")
        return try opened.close(isComplete: false)
      }
      try opened.close()
    }

    func export(_ path: String, since: Timestamp? = nil) async throws -> Export {
      let export = try await LedgerExport(path: path)
      var rows: [(TransferTable, TransferRow)] = []
      for table in TransferTable.all {
        var cursor: TransferCursor?
        repeat {
          let step = try await export.step(table, after: cursor, LedgerRange(since: since))
          rows += step.rows.map { (table, $0) }
          cursor = step.next
        } while cursor != nil
      }
      return (export.identity, rows)
    }

    func ingest(_ export: Export, rows limit: Int? = nil) throws {
      let opened = try LedgerImport(path: target, identity: identity("ingest"), time: time)
      var rest = export.rows.prefix(limit ?? export.rows.count)
      while !rest.isEmpty {
        let size = pick(1...200)
        let part = rest.prefix(size)
        rest = rest.dropFirst(size)
        try opened.write { batch throws(SQLiteError) in
          for (table, row) in part {
            let result = try batch.insert(row, of: table, ledger: export.identity)
            if case .refused(let problem) = result { Issue.record("\(table.name): \(problem)") }
          }
        }
      }
      try opened.close(isComplete: limit == nil)
    }

    // MARK: Comparison

    private func totals(_ path: String) throws -> Totals {
      let connection = try Connection(path: path, mode: .readOnly)
      var totals: Totals = [:]
      func add(_ sql: String) throws {
        for (figure, number) in try connection.rows(sql, { ($0.text(0), $0.integer(1)) }) where number != 0 {
          totals[figure, default: 0] += number
        }
      }
      func add(_ table: String, _ column: String, _ figure: String) throws {
        try add(
          """
          SELECT c.name || ' \(figure)', sum(t.\(column)) FROM \(table) t JOIN component c ON c.id = t.component_id
          WHERE t.resolution = 0 GROUP BY 1
          """)
      }
      for (column, figure) in [
        ("successes", "successes"), ("failures", "failures"), ("rejected", "rejected"),
        ("duration_sum_us", "time"),
      ] { try add("sample_rollup", column, figure) }
      for column in ["attempts", "saved", "lost"] { try add("outcome_rollup", column, column) }
      for (column, figure) in [
        ("total", "recoveries"), ("successful", "successful"), ("duration_sum_us", "recovery time"),
      ] { try add("recovery_rollup", column, figure) }
      try add(
        """
        SELECT c.name || ' rejections ' || x.name, sum(t.calls) FROM rejection_rollup t
        JOIN component c ON c.id = t.component_id JOIN rejection_reason x ON x.id = t.reason
        WHERE t.resolution = 0 GROUP BY 1
        """)
      return totals
    }

    func expectSound(_ path: String) async throws {
      let report = try await LedgerCheck(path: path).run()
      #expect(report.problem == nil, "\(report.problem.map { "\($0)" } ?? "") after \(log)")
    }

    /// Takes everything over and compares.
    func compare() async throws {
      for index in truth.indices where FileManager.default.fileExists(atPath: source(index)) {
        #expect(try totals(source(index)) == truth[index], "source \(index) after \(log)")
        if index < 2 {
          try merge(index)
        } else {
          try await ingest(export(source(index)))
        }
      }
      guard FileManager.default.fileExists(atPath: target) else { return }
      let all = truth.reduce(into: Totals()) { $0.merge($1, uniquingKeysWith: +) }
      let found = try totals(target)
      let differences = Set(all.keys).union(found.keys).filter { all[$0] != found[$0] }.sorted()
        .map { "\($0): \(found[$0] ?? 0) instead of \(all[$0] ?? 0)" }
      #expect(differences.isEmpty, "\(differences) after \(log)")
      try await expectSound(target)
    }

    func step() async throws {
      time.advance(by: .seconds(chance(50) ? pick(1...100) : pick(100...20_000)))
      let index = pick(0...2)
      switch pick(0...9) {
      case 0, 1:
        log.append("write \(index)")
        try await write(index)
      case 2:
        log.append("events \(index)")
        try ingestEvents(index)
      case 3:
        log.append("prune \(index)")
        try prune(source(index))
      case 4:
        log.append("prune target")
        try prune(target)
      case 5:
        if chance(50), index < 2, FileManager.default.fileExists(atPath: source(index)) {
          log.append("copy \(index) as \(copies.count)")
          let path = folder.path("copy-\(copies.count).db")
          try FileManager.default.copyItem(atPath: source(index), toPath: path)
          copies.append((index, path))
        } else if let copy = copies.randomElement(using: &random) {
          log.append("merge copy \(copy.path.suffix(4))")
          hasMergedCopy = true
          try merge(copy.source, copy: copy.path, interruptedAfter: chance(50) ? pick(1...18) : nil)
        }
      case 6, 7:
        let merged = pick(0...1)
        guard FileManager.default.fileExists(atPath: source(merged)) else { return }
        let interruption = chance(50) ? pick(1...18) : nil
        let writing = chance(30) ? pick(1...18) : nil
        log.append("merge \(merged) until \(interruption ?? 0), written at \(writing ?? 0)")
        try merge(merged, interruptedAfter: interruption, writesAfter: writing)
      case 8:
        guard FileManager.default.fileExists(atPath: source(2)) else { return }
        let since = chance(30) ? time.wallClock() + .seconds(-pick(1...40_000)) : nil
        try await exports.append(export(source(2), since: since))
        let chosen = exports[pick(0...exports.count - 1)]
        let limit = chance(40) ? pick(0...chosen.rows.count) : nil
        log.append("ingest, \(since == nil ? "whole" : "part") exported, rows \(limit ?? -1)")
        try ingest(chosen, rows: limit)
        try await expectSound(target)
      default:
        guard FileManager.default.fileExists(atPath: target) else { return }
        log.append("ingest own export")
        let own = try await export(target)
        if chance(50) { try prune(target) }
        try ingest(own)
      }
    }
  }

  @Test(arguments: 0..<sequences) func `totals survive any sequence of transfers`(seed: Int) async throws {
    let sequence = try Sequence(seed: seed)
    try await sequence.write(0)
    for number in 1...Self.length {
      try await sequence.step()
      if number.isMultiple(of: 6) { try await sequence.compare() }
    }
  }
}
