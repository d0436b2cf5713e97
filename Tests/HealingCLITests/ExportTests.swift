import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@Suite(.serialized) struct ExportTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path() }

  init() async throws {
    folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path())
    try await GeneratedLedger.fill(ledger)
    try await ledger.close()
  }

  private static func objects(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }

  @Test func `an export has every row of every table, with the fields of the REST API`() async throws {
    let result = try await Program.run("export", "--ledger", path)
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(!result.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    let rows = Dictionary(grouping: try Self.objects(result.output)) { $0["table"] as? String ?? "" }
    let connection = try Connection(path: path, mode: .readOnly)
    for (table, view) in [
      ("errors", "v_errors"), ("recoveries", "v_recoveries"), ("samples", "v_samples"),
      ("checks", "v_checks"),
      ("alerts", "v_alerts"), ("transitions", "v_transitions"), ("rejected_calls", "v_rejected_calls"),
      ("rejections", "v_rejections"), ("outcomes", "v_outcomes"), ("policies", "v_policies"),
      ("gaps", "v_gaps"),
      ("components", "component"),
    ] {
      let count = try connection.integer("SELECT count(*) FROM \(view)") ?? 0
      #expect(count > 0 && rows[table]?.count == Int(count), "\(table)")
    }

    let reader = try SQLiteLedgerReader(path: path)
    func compare(_ records: [some Encodable], _ table: String) throws {
      let found = try #require(rows[table]).map { $0 as NSDictionary }
      #expect(found.count == records.count)
      for (record, row) in zip(records, found) {
        let expected =
          try JSONSerialization.jsonObject(with: JSONEncoder().encode(record)) as? [String: NSObject]
        for (field, value) in try #require(expected) where row[field] != nil {
          #expect(row[field] as? NSObject == value, "\(table).\(field)")
        }
        let fields = Set(try #require(expected).filter { $0.value != NSNull() }.keys)
        // What `POST /errors` answers beside the row.
        let derived: Set = [
          "should_retry", "should_fallback", "should_circuit_break", "retry_delay_ms", "local_rejection",
          "cancellation",
        ]
        let missing = fields.subtracting(row.allKeys.compactMap { $0 as? String }).subtracting(derived)
        #expect(missing.isEmpty, "\(table): \(missing)")
      }
    }
    try compare(await reader.errors.recent(component: nil, limit: 100_000), "errors")
    try compare(await reader.recoveries.recent(.all, component: nil, limit: 100_000), "recoveries")
    try compare(await reader.checks.recent(component: nil, limit: 100_000), "checks")
    try compare(
      await reader.checks.recentAlerts(component: nil, limit: 100_000).sorted { $0.id < $1.id }, "alerts")
    try compare(await reader.breakers.transitions(component: nil, limit: 100_000), "transitions")
    try compare(await reader.rejections.recent(component: nil, limit: 100_000), "rejected_calls")
  }

  @Test func `an export of one table in a range has the rows of that range`() async throws {
    let connection = try Connection(path: path, mode: .readOnly)
    let count =
      try connection.integer(
        "SELECT count(*) FROM error WHERE at >= (SELECT max(at) FROM error) - 1800000000") ?? 0
    let all = try connection.integer("SELECT count(*) FROM error") ?? 0
    let result = try await Program.run("export", "errors", "--since", "30m", "--ledger", path)
    let found = try Self.objects(result.output)
    #expect(result.code == 0 && found.count == Int(count) && count < all && count > 0)
    #expect(found.allSatisfy { $0["table"] as? String == "errors" })
    let none = try await Program.run("export", "errors", "--until", "2020-01-01", "--utc", "--ledger", path)
    #expect(none.code == 0 && none.output.isEmpty)
  }

  @Test func `an export of some tables names the ledgers whose rows they have`() async throws {
    let fleet = folder.path("fleet.db")
    #expect(try await Program.run("merge", path, "--ledger", fleet).code == 0)
    let result = try await Program.run("export", "outcomes", "rejections", "--ledger", fleet)
    let first = try #require(Self.objects(result.output).first)
    #expect(first["table"] as? String == "ledgers" && (first["identity"] as? String)?.count == 32, "\(first)")
    let file = folder.path("fleet.ndjson")
    try Data(result.output.utf8).write(to: URL(fileURLWithPath: file))
    let home = try await Program.run("ingest", file, "--ledger", path)
    #expect(home.code == 1 && home.output.contains(": 0 stored, 0 already"), "\(home)")
    let other = folder.path("other.db")
    #expect(try await Program.run("ingest", file, "--ledger", other).code == 0)
    let twice = try await Program.run("merge", path, "--ledger", other)
    #expect(twice.code == 1 && twice.errors.contains("with another ledger"), "\(twice)")
  }

  @Test func `a CSV export is safe in a spreadsheet`() async throws {
    let result = try await Program.run("export", "recoveries", "--format", "csv", "--ledger", path)
    #expect(result.code == 0)
    #expect(result.output.hasPrefix("id,timestamp,component,operation,execution_id,error_id,action,success,"))
    #expect(result.output.contains("\"'=cmd|' /C calc'!A0\""))
    #expect(result.output.contains("\"'@SUM(A1)\""))
    #expect(result.output.contains("\"a \"\"quoted\"\", text\nwith a second line"))
    #expect(!result.output.contains("\u{202E}") && !result.output.contains("\u{1B}"))
  }

  @Test func `an export ends silently when its reader ends`() async throws {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let result = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "{ '\(program)' export --ledger '\(path)'; echo \"ended with $?\" >&2; } | head -c 100 > /dev/null",
      ])
    #expect(result.code == 0 && result.errors == "ended with 0\n", "\(result.errors)")
  }

  @Test(arguments: [
    (["erors"], "there is no table 'erors'; did you mean 'errors'? Tables: ledgers, components"),
    (["errors", "errors"], "table errors is given twice"),
    (["errors", "--format", "json"], "allowed are ndjson, csv"),
    (["--format", "csv"], "prints one table"), (["--utc"], "--utc needs"),
    (["--since", "1h", "--until", "2h"], "is not after"),
  ])
  func `a wrong argument of export is an error of usage`(arguments: [String], problem: String) async throws {
    let result = try await ChildProcess.run("healing", ["export", "--ledger", path] + arguments)
    #expect(result.code == 2 && result.output.isEmpty && result.errors.contains(problem), "\(result)")
  }

  @Test func `an export of a file that is missing or no ledger is an error`() async throws {
    #expect(try await Program.run("export", "--ledger", path + "x").code == 3)
    try Data("text".utf8).write(to: URL(fileURLWithPath: path + "x"))
    #expect(try await Program.run("export", "--ledger", path + "x").code == 4)
  }
}
