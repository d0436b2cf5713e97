import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The program's output, byte for byte. `HEALING_SNAPSHOTS=write swift test --filter SnapshotTests` rewrites the
/// files; read the difference before you commit it.
@Suite(.serialized) struct SnapshotTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots")

  private func expect(_ output: String, is name: String, location: SourceLocation = #_sourceLocation) throws {
    let file = Self.folder.appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["HEALING_SNAPSHOTS"] == "write" {
      try Data(output.utf8).write(to: file)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(output == expected, "\(name)", sourceLocation: location)
  }

  @Test(arguments: [
    "demo", "report", "incidents", "incident", "note", "errors", "releases", "timeline", "state", "attempts",
    "retries", "availability", "advise", "transitions", "alerts", "processes", "tail", "breakers",
    "components",
    "detect", "check", "backup", "restore", "prune", "pin",
    "compact", "export", "ingest", "merge", "salvage",
    "serve",
  ])
  func `the help of each command`(command: String) async throws {
    let help = try await Program.run(command, "--help")
    #expect(help.code == 0 && help.errors.isEmpty)
    try expect(help.output, is: "help-\(command)")
    #expect(try await Program.run("help", command).output == help.output)
  }

  @Test func `the help of the program`() async throws {
    let help = try await Program.run("--help")
    #expect(help.code == 0)
    try expect(help.output, is: "help")
    // There is no command that the snapshots leave out.
    let commands = help.output.split(separator: "\n").filter { $0.hasPrefix("  ") }
    #expect(commands.count == 31)
    #expect(commands.allSatisfy { $0.count <= 80 })
  }

  /// A ledger that is the same every time.
  private func makeLedger(_ folder: TemporaryFolder) async throws -> String {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    for index in 0..<12 {
      let error = LedgerID(rawValue: 4_200_000 + Int64(index))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: LedgerID(rawValue: 5_200_000 + Int64(index)), at: time.wallClock(),
            component: index.isMultiple(of: 3) ? "api" : "orders_db",
            operation: "get", errorID: error, action: index.isMultiple(of: 2) ? .fallback : .retryBackoff,
            outcome: index.isMultiple(of: 5) ? .failed : .succeeded, attempts: 2,
            duration: .microseconds(1_500 * (index + 1)), message: "a, \"quoted\" word\nand a second line")))
      time.advance(by: .seconds(40))
    }
    var breaker = BreakerSnapshot(component: "orders_db", updatedAt: time.wallClock())
    breaker.failureCount = 3
    breaker.lastFailureAt = time.wallClock()
    breaker.override = CircuitOverride(kind: .forcedClosed, actor: "ops", reason: "maintenance")
    ledger.record(.breaker(breaker))
    try await ledger.close()
    return folder.path()
  }

  /// A ledger with an outage of two components, the same every time.
  private func makeOutage(_ folder: TemporaryFolder) async throws -> String {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(
      path: folder.path("outage.db"), identity: ProcessIdentity(release: "2026.1"), time: time)
    // The lower bits of an id are of the process.
    func id() -> LedgerID { LedgerID(rawValue: ledger.makeID().rawValue & ~0x3F_FFFF) }
    func call(_ component: ComponentName, failures: Int, of calls: Int) {
      var counts = CallCounts()
      for call in 0..<calls { counts.add(call < failures ? .failure : .success, microseconds: 1_500) }
      ledger.record(.sample(HealthSample(component: component, at: time.wallClock(), counts: counts)))
      guard failures > 0 else { return }
      ledger.record(
        .error(
          ErrorContext(
            id: id(), at: time.wallClock(),
            component: component, operation: "get",
            classification: ErrorClassification(category: .network, rule: "refused"), type: "POSIXError",
            message: "connection refused", occurrences: failures)))
    }
    for minute in 0..<30 {
      time.advance(by: .seconds(20))
      call("orders_db", failures: (5..<12).contains(minute) ? 9 : 0, of: 20)
      time.advance(by: .seconds(20))
      call("checkout", failures: (6..<14).contains(minute) ? 4 : 0, of: 20)
      time.advance(by: .seconds(20))
      call("mail", failures: minute == 25 ? 3 : 0, of: 20)
    }
    ledger.record(
      .transition(
        BreakerTransitionRecord(
          id: id(), at: time.wallClock(), component: "mail", from: .closed, to: .open,
          reason: "forced",
          failureCount: 0, consecutiveTrips: 1, openUntil: time.wallClock() + .seconds(30), actor: "ops"),
        BreakerSnapshot(component: "mail", updatedAt: time.wallClock())))
    try await ledger.close()
    return folder.path("outage.db")
  }

  @Test func `reports on an outage in each format`() async throws {
    let folder = try TemporaryFolder()
    let path = try await makeOutage(folder)
    for command in [
      "incidents", "errors", "releases", "timeline", "state", "attempts", "retries", "availability",
      "advise", "transitions",
    ] {
      for format in ["table", "json", "csv"] {
        let result = try await Program.run(command, "--ledger", path, "--format", format)
        #expect(result.code == 0, "\(result.errors)")
        // The present is in every row of a report on incidents.
        let output = result.output.replacing(
          /20[2-9][0-9]-[0-9-]+T[0-9:.]+Z(?=",\n    "could_not|,1,0.05)/, with: "NOW")
        try expect(output, is: format == "table" ? command : "\(command).\(format)")
      }
    }
    let error = try await Program.run("errors", "--ledger", path, "--component", "mail", "--format", "csv")
    let id = try #require(
      error.output.split(separator: ",").last?.trimmingCharacters(in: .whitespacesAndNewlines))
    try expect(await Program.run("errors", id, "--ledger", path).output, is: "errors-one")
  }

  @Test func `reports in each format`() async throws {
    let folder = try TemporaryFolder()
    let path = try await makeLedger(folder)
    try expect(await Program.run("report", "--ledger", path).output, is: "report")
    for format in ["json", "csv"] {
      for report in ["overall", "by-action", "by-component", "recent"] {
        let result = try await ChildProcess.run(
          "healing",
          ["report", report, "--ledger", path, "--format", format]
            + (report == "recent" ? ["--limit", "2"] : []))
        try expect(result.output, is: "report-\(report).\(format)")
      }
      try expect(
        await Program.run("breakers", "--ledger", path, "--format", format).output, is: "breakers.\(format)")
    }
    try expect(await Program.run("breakers", "--ledger", path).output, is: "breakers")
    // Never any colour or cursor movement into a pipe.
    #expect(!(try await Program.run("report", "--ledger", path).output).contains("\u{1B}"))
  }
}
