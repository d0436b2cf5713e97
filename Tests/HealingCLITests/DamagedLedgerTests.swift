import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The real program over ledgers in which no number is right.
@Suite(.serialized) struct DamagedLedgerTests {
  private static let api = "/api/v1/healing"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger in which every figure has one value, the keys excepted, and the closed vocabularies.
  private func makeLedger(_ value: String) async throws -> String {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    try await DamagedLedger.fill(ledger)
    try await ledger.close()
    try await DamagedLedger.loosen(path)
    let connection = try Connection(path: path, mode: .readWrite)
    let columns = try connection.rows(
      """
      SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('INTEGER', 'REAL') AND c.pk = 0
        AND c.name NOT LIKE '%_id' AND t.name NOT LIKE 'migration%'
        -- Fewer batches than were durable are a loss, which is reported.
        AND c.name <> 'batch'
      """
    ) { ($0.text(0), $0.text(1)) }
    try connection.execute("PRAGMA ignore_check_constraints = ON")
    for (table, column) in columns {
      try connection.execute("UPDATE OR IGNORE \(table) SET \(column) = \(value)")
    }
    return path
  }

  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "9e999", "'text'"])
  func `every command and the daemon work with a damaged ledger`(value: String) async throws {
    let path = try await makeLedger(value)
    for command in [["report"], ["report", "recent", "--since", "7d"], ["breakers"]] {
      let result = try await ChildProcess.run("healing", command + ["--ledger", path])
      #expect(result.code == 0, "\(command): \(result.code) \(result.errors)")
    }
    for report in ["overall", "by-action", "by-component", "recent"] {
      for format in ["json", "csv"] {
        let result = try await Program.run("report", report, "--ledger", path, "--format", format)
        #expect(result.code == 0, "\(report) \(format): \(result.errors)")
      }
    }
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 4, "\(check.code) \(check.output)\(check.errors)")

    for round in 1...2 {
      let daemon = try await DaemonProcess(["--ledger", path])
      let paths = [
        "/health", "/health?component=api", "/health/components", "/components", "/component/api/stats",
        "/recovery/stats", "/recovery/stats?component=api", "/recovery/recent?count=1000",
        "/circuit-breakers",
        "/monitoring/status", "//metrics", "//readyz", "//healthz",
      ]
      for path in paths {
        let answer = try await daemon.ask(path.hasPrefix("//") ? String(path.dropFirst()) : Self.api + path)
        #expect(answer.status == 200, "\(path) in round \(round): \(answer.body)")
      }
      let posts = [
        ("/samples", #"{"component": "api", "outcome": "failure", "duration_ms": 3}"#),
        ("/errors", #"{"component": "api", "operation": "get", "message": "connection refused"}"#),
        ("/recoveries", #"{"component": "api", "operation": "x", "action": "retry", "success": true}"#),
        ("/component/api/reset", "{}"), ("/circuit-breakers/reset", #"{"component": "api"}"#),
      ]
      for (path, body) in posts {
        let answer = try await daemon.ask(Self.api + path, "-H", "Content-Type: application/json", "-d", body)
        #expect(answer.status == 200 && answer.body.contains("\"durable\":true"), "\(path): \(answer.body)")
      }
      await daemon.end()
    }
    let demo = try await Program.run("demo", "--seconds", "1", "--ledger", path)
    #expect(demo.code == 0, "\(demo.errors)")
  }
}
