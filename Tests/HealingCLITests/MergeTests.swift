import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@Suite(.serialized) struct MergeTests {
  private let folder: TemporaryFolder
  private var target: String { folder.path("fleet.db") }

  init() throws { folder = try TemporaryFolder() }

  /// A closed ledger of a host.
  @discardableResult
  private func makeLedger(_ name: String, host: String, rounds: Int = 1) async throws -> String {
    let path = folder.path(name)
    let ledger = try SQLiteLedger(path: path, identity: Self.identity(host))
    try await GeneratedLedger.fill(ledger, rounds: rounds)
    try await ledger.close()
    return path
  }

  private static func identity(_ host: String) -> ProcessIdentity {
    var identity = ProcessIdentity(program: "shop")
    identity.host = host
    return identity
  }

  private func merge(_ paths: String...) async throws -> (code: Int32, output: String, errors: String) {
    try await ChildProcess.run("healing", ["merge"] + paths + ["--ledger", target])
  }

  private func expectSound(_ path: String) async throws {
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  /// Sums of the figures of all reports, over ledgers.
  private func totals(_ paths: String...) async throws -> [String: Double] {
    var sums: [String: Double] = [:]
    for path in paths {
      for report in ["overall", "by-action", "by-component"] {
        for row in try await Program.json("report", report, "--ledger", path) {
          let key = row["action"] as? String ?? row["component"] as? String ?? ""
          for (field, value) in row {
            guard let number = value as? NSNumber, !field.hasPrefix("avg_"), !field.hasSuffix("rate"),
              !field.hasPrefix("max_")
            else { continue }
            sums["\(report) \(key) \(field)", default: 0] += number.doubleValue
          }
        }
      }
      let reader = try SQLiteLedgerReader(path: path)
      for rates in try await reader.samples.rates(.all, component: nil) {
        sums["requests \(rates.component)", default: 0] += Double(rates.totalRequests)
        sums["failed \(rates.component)", default: 0] += Double(rates.failedRequests)
        sums["rejected \(rates.component)", default: 0] += Double(rates.rejectedRequests)
      }
      for row in try await reader.rejections.byOperation(.all, component: nil) {
        sums["rejections \(row.component) \(row.operation) \(row.reason)", default: 0] += Double(row.calls)
      }
      let connection = try Connection(path: path, mode: .readOnly)
      for table in [
        "error", "health_sample", "recovery", "breaker_transition", "alert", "gap", "rejected_call",
        "health_check",
      ] {
        sums[table, default: 0] += Double(try connection.integer("SELECT count(*) FROM \(table)") ?? 0)
      }
    }
    return sums
  }

  private static func withoutRates(_ totals: [String: Double]) -> [String: Double] {
    totals.filter { total in !["requests ", "failed ", "rejected "].contains { total.key.hasPrefix($0) } }
  }

  @Test func `merged ledgers have the sums of their totals, and hosts stay apart`() async throws {
    let (one, two) = (
      try await makeLedger("one.db", host: "web-1", rounds: 2), try await makeLedger("two.db", host: "web-2")
    )
    let before = try [one, two].map {
      (
        try Data(contentsOf: URL(fileURLWithPath: $0)),
        try FileManager.default.attributesOfItem(atPath: $0)[.modificationDate] as? Date
      )
    }
    let result = try await merge(one, two)
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(try await totals(target) == totals(one, two))
    try await expectSound(target)
    let connection = try Connection(path: target, mode: .readOnly)
    for (path, host) in [(one, "web-1"), (two, "web-2")] {
      let source = try Connection(path: path, mode: .readOnly)
      for view in ["v_errors", "v_samples", "v_recoveries", "v_transitions", "v_policies", "v_gaps"] {
        let merged = try connection.integer(
          "SELECT count(*) FROM \(view) v JOIN v_processes p ON p.id = v.process_id WHERE p.host = '\(host)'")
        #expect(try merged == source.integer("SELECT count(*) FROM \(view)"), "\(view)")
      }
    }
    #expect(try connection.integer("SELECT count(*) FROM breaker") == 0)
    for (path, (data, date)) in zip([one, two], before) {
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date == date)
    }
  }

  @Test func `merging again adds only what is new`() async throws {
    let (one, two) = (
      try await makeLedger("one.db", host: "web-1"), try await makeLedger("two.db", host: "web-2")
    )
    _ = try await merge(one, two)
    let again = try await merge(one, two)
    #expect(again.code == 0 && again.output == "\(one): nothing new\n\(two): nothing new\n", "\(again)")
    #expect(try await totals(target) == totals(one, two))

    // New rows of new runs, also a minute that has more calls than before, from a renamed file.
    try await makeLedger("one.db", host: "web-1")
    let moved = folder.path("moved.db")
    try FileManager.default.moveItem(atPath: one, toPath: moved)
    let third = try await merge(moved, two)
    #expect(
      third.code == 0 && third.output.contains("rows added: ") && third.output.contains("\(two): nothing new")
    )
    // A source's reset of its metrics is not merged, so the rates of the present epoch are left out.
    #expect(try await Self.withoutRates(totals(target)) == Self.withoutRates(totals(moved, two)))
    try await expectSound(target)
  }

  @Test func `a ledger is merged while programs write to it`() async throws {
    let path = folder.path("live.db")
    let ledger = try SQLiteLedger(path: path, identity: Self.identity("web-1"))
    let engine = try await RecoveryEngine(ledger: ledger)
    struct Down: Error {}
    for round in 0..<4 {
      for index in 0..<200 {
        _ = try? await engine.component("db").execute("get", fallbacks: [Fallback<Int>("zero") { 0 }]) {
          if index.isMultiple(of: 3) { throw Down() }
          return round
        }
      }
      let result = try await merge(path)
      #expect(result.code == 0, "\(result)")
    }
    try await ledger.close()
    _ = try await merge(path)
    #expect(try await totals(target) == totals(path))
    try await expectSound(target)
  }

  @Test func `a copy is not merged twice`() async throws {
    let one = try await makeLedger("one.db", host: "web-1")
    let copy = folder.path("copy.db")
    try FileManager.default.copyItem(atPath: one, toPath: copy)
    _ = try await merge(one)
    let merged = try await merge(copy)
    #expect(merged.code == 0 && merged.output == "\(copy): nothing new\n")

    // Both go on in the same time: what they share would be counted with each.
    let beside = try SQLiteLedger(path: copy, identity: Self.identity("web-2"))
    try await makeLedger("one.db", host: "web-1")
    try await beside.close()
    #expect(try await merge(one).code == 0)
    let diverged = try await merge(copy)
    #expect(
      diverged.code == 1 && diverged.errors.contains("is a copy of one that was merged before"), "\(diverged)"
    )
    #expect(try await Self.withoutRates(totals(target)) == Self.withoutRates(totals(one)))

    let itself = try await merge(target)
    #expect(itself.code == 1 && itself.errors.contains("itself, or a copy of it"))
    let other = folder.path("other.db")
    _ = try await ChildProcess.run("healing", ["merge", target, "--ledger", other])
    let twice = try await ChildProcess.run("healing", ["merge", one, "--ledger", other])
    #expect(
      twice.code == 1 && twice.errors.contains("with another ledger that they were merged into"), "\(twice)")
    try await expectSound(target)
  }

  @Test func `a ledger that was restored from a backup is read again from its beginning`() async throws {
    let path = folder.path("one.db")
    let ledger = try SQLiteLedger(path: path, identity: Self.identity("web-1"))
    try await GeneratedLedger.fill(ledger, rounds: 1)
    let backup = folder.path("backup.db")
    let copied = try await ChildProcess.run("/usr/bin/sqlite3", ["-readonly", path, ".backup \(backup)"])
    try #require(copied.code == 0, "\(copied)")
    ledger.record(.component("late"))
    for _ in 0..<500 {
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "late", operation: "x",
            classification: ErrorClassification(category: .network, rule: "x"), type: "E",
            message: "lost by the restore")))
    }
    try await ledger.flush()
    #expect(try await merge(path).code == 0)
    let before = try await totals(target)
    // The run goes on in the backup, and a new one writes.
    let restored = try SQLiteLedger(path: backup, identity: Self.identity("web-1"))
    for index in 0..<3 {
      restored.record(
        .error(
          ErrorContext(
            id: restored.makeID(), at: SystemTimeSource().wallClock(), component: "late", operation: "x",
            classification: ErrorClassification(category: .network, rule: "x"), type: "E",
            message: "new \(index)")))
    }
    try await restored.close()
    let result = try await merge(backup)
    #expect(result.code == 0 && result.output.contains("restored from an older copy"), "\(result)")
    let after = try await totals(target)
    #expect(after["error"] == (before["error"] ?? 0) + 3)
    try await ledger.close()
    try await expectSound(target)
  }

  @Test func `a ledger that was restored and then written is merged, though its runs have other numbers`()
    async throws
  {
    let time = VirtualTime()
    let (path, backup) = (folder.path("one.db"), folder.path("backup.db"))
    func write(_ path: String, calls: Int) async throws {
      let ledger = try SQLiteLedger(path: path, identity: Self.identity("web-1"), time: time)
      for _ in 0..<calls {
        ledger.record(
          .sample(
            HealthSample(
              component: "db", at: time.wallClock(), outcome: .success, duration: .milliseconds(1))))
        time.advance(by: .seconds(30))
      }
      try await ledger.close()
    }
    try await write(path, calls: 10)
    try FileManager.default.copyItem(atPath: path, toPath: backup)
    try await write(path, calls: 20)
    #expect(try await merge(path).code == 0)
    time.advance(by: .seconds(600))
    try await write(backup, calls: 40)
    for _ in 0..<2 {
      #expect(try await merge(backup).code == 0)
      #expect(try await totals(target)["requests db"] == 70)
      try await expectSound(target)
    }
  }

  @Test func `rows of different ledgers with one id are all kept, and references follow`() async throws {
    let id = LedgerID(rawValue: 5_000_000_000_001)
    for host in ["web-1", "web-2"] {
      let ledger = try SQLiteLedger(path: folder.path("\(host).db"), identity: Self.identity(host))
      let at = SystemTimeSource().wallClock()
      ledger.record(
        .error(
          ErrorContext(
            id: id, at: at, component: "db", operation: host,
            classification: ErrorClassification(category: .api, rule: "x"),
            type: "E", message: host)))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: id, at: at, component: "db", operation: host, errorID: id, action: .fallback,
            outcome: .succeeded,
            attempts: 1, duration: .milliseconds(1))))
      try await ledger.close()
    }
    #expect(try await merge(folder.path("web-1.db"), folder.path("web-2.db")).code == 0)
    #expect(try await merge(folder.path("web-2.db")).output.contains("nothing new"))
    let connection = try Connection(path: target, mode: .readOnly)
    let pairs = try connection.rows(
      "SELECT r.operation || ' ' || e.operation FROM recovery r JOIN error e ON e.id = r.error_id ORDER BY 1"
    ) { $0.text(0) }
    #expect(pairs == ["web-1 web-1", "web-2 web-2"])
    try await expectSound(target)
  }

  @Test func `a merge that would refuse one of its ledgers creates and changes nothing`() async throws {
    let one = try await makeLedger("one.db", host: "web-1")
    let both = folder.path("both.db")
    #expect(try await Program.run("merge", one, "--ledger", both).code == 0)
    // The rows of the first would be counted twice with the second.
    let refused = try await merge(one, both)
    #expect(
      refused.code == 1 && refused.errors.contains("holds rows of another ledger") && refused.output.isEmpty,
      "\(refused)")
    #expect(
      !FileManager.default.fileExists(atPath: target)
        && !FileManager.default.fileExists(atPath: target + "-lock"))
    let two = try await makeLedger("two.db", host: "web-2")
    #expect(try await merge(two).code == 0)
    let before = try await totals(target)
    #expect(try await merge(one, both).code == 1)
    #expect(try await totals(target) == before)
  }

  @Test func `a ledger without identity, a missing ledger and a missing argument are errors`() async throws {
    #expect(try await Program.run("merge", "--ledger", target).code == 2)
    #expect(try await Program.run("merge", folder.path("none"), "--ledger", target).code == 3)
    #expect(!FileManager.default.fileExists(atPath: target))
    let archive = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("EarlierRelease/ledger.db.gz").path
    let old = folder.path("old.db")
    _ = try await ChildProcess.run("/bin/sh", ["-c", "gzip -dc '\(archive)' > '\(old)'"])
    let refused = try await merge(old)
    #expect(refused.code == 5 && refused.errors.contains("healing ingest /dev/null --ledger"), "\(refused)")
    #expect(try await Program.run("ingest", "/dev/null", "--ledger", old).code == 0)
    #expect(try await merge(old).code == 0)
    #expect(try await totals(target)["recovery"] == totals(old)["recovery"])
    try await expectSound(target)
  }
}
