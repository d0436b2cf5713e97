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
    "demo", "report", "breakers", "components", "detect", "check", "backup", "restore", "prune", "pin",
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
    #expect(commands.count == 16)
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
