import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@Suite(.serialized) struct ReportTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger with a few recoveries over an hour.
  private func makeLedger() async throws -> String {
    let time = VirtualTime()
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    for index in 0..<90 {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: index.isMultiple(of: 3) ? "api" : "db",
            operation: "op", action: index.isMultiple(of: 2) ? .fallback : .retryBackoff,
            outcome: index.isMultiple(of: 5) ? .failed : .succeeded, attempts: 2,
            duration: .microseconds(1_000 + index), message: "a, \"quoted\" word")))
      time.advance(by: .seconds(40))
    }
    try await ledger.close()
    return folder.path()
  }

  @Test(arguments: [("by-action", "by_action"), ("by-component", "by_component"), ("overall", "overall")])
  func `the sqlite3 shell and the program print the same figures`(report: String, file: String) async throws {
    let path = try await makeLedger()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sql = root.appendingPathComponent("Queries/\(file).sql").path
    for parameters in [[:], ["since": "1767227000000000", "until": "1767228500000000"], ["component": "db"]] {
      let settings = parameters.flatMap { name, value in
        ["-cmd", ".parameter set :\(name) \(name == "component" ? "'\(value)'" : value)"]
      }
      let shell = try await ChildProcess.run(
        "/usr/bin/sqlite3", ["-json"] + settings + [path, ".read \(sql)"])
      let flags = parameters.flatMap { name, value in
        let time = Int64(value).map { Timestamp(microseconds: $0).iso8601 }
        return ["--\(name)", time ?? value]
      }
      let program = try await ChildProcess.run(
        "healing", ["report", report, "--ledger", path, "--format", "json"] + flags)
      #expect(shell.code == 0, "\(shell.errors)")
      #expect(program.code == 0, "\(program.errors)")
      let theirs = try figures(shell.output)
      #expect(!theirs.isEmpty)
      #expect(try theirs == figures(program.output))
    }
  }

  @Test func `a report says which range it covers where retention has deleted the sums of minutes`()
    async throws
  {
    let path = try await makeLedger()
    let since = ["--since", "2026-01-01T00:10:00Z", "--until", "2026-01-01T00:20:00Z", "--ledger", path]
    let before = try await ChildProcess.run("healing", ["report", "by-action"] + since)
    #expect(before.output.hasPrefix("from 2026-01-01T00:10:00Z until 2026-01-01T00:20:00Z\n"), "\(before)")
    let connection = try Connection(path: path, mode: .readWrite)
    for (resolution, covered) in [
      (60, "from 2026-01-01T00:00:00Z until 2026-01-01T01:00:00Z"),
      (3_600, "from 2026-01-01T00:00:00Z until 2026-01-02T00:00:00Z"),
    ] {
      try connection.execute(
        """
        UPDATE retention_door SET open = 1;
        DELETE FROM recovery_rollup WHERE resolution = \(resolution);
        UPDATE retention_door SET open = 0;
        INSERT INTO watermark VALUES ('rollup', \(resolution), 1767312000000000, NULL, 1, 1);
        """)
      let note = "retention has deleted the sums of minutes there: totals are \(covered)"
      let table = try await ChildProcess.run("healing", ["report", "by-action"] + since)
      #expect(
        table.code == 0 && table.output.split(separator: "\n").first?.hasSuffix(note) == true, "\(table)")
      let csv = try await ChildProcess.run("healing", ["report", "overall", "--format", "csv"] + since)
      #expect(csv.code == 0 && csv.errors == "healing: \(note)\n" && csv.output.contains(",90,"), "\(csv)")
      let recent = try await ChildProcess.run("healing", ["report", "recent"] + since)
      #expect(recent.code == 0 && !recent.output.contains("retention"), "\(recent)")
    }
  }

  @Test func `a report on the last hours omits rows from the future`() async throws {
    let ahead = VirtualTime(wall: SystemTimeSource().wallClock() + .seconds(86_400 * 3_650))
    let ledger = try SQLiteLedger(path: folder.path(), time: ahead)
    func record(_ action: RecoveryAction, at time: Timestamp) {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time, component: "api", operation: "get", action: action,
            outcome: .failed, attempts: 1, duration: .zero)))
    }
    record(.fallback, at: ahead.wallClock())
    record(.retry, at: SystemTimeSource().wallClock())
    try await ledger.close()
    func actions(_ since: String...) async throws -> [String] {
      let result = try await ChildProcess.run(
        "healing", ["report", "by-action", "--ledger", folder.path(), "--format", "csv"] + since)
      #expect(result.code == 0, "\(result.errors)")
      return result.output.split(whereSeparator: \.isNewline).dropFirst().map {
        String($0.split(separator: ",").first ?? "")
      }
    }
    #expect(try await actions("--since", "24h") == ["retry"])
    #expect(try await actions() == ["retry", "fallback"])
    // A request by name returns it.
    let future = (ahead.wallClock() + .seconds(-3_600)).iso8601
    #expect(try await actions("--since", future) == ["fallback"])
  }

  @Test func `a time without a zone is local time, or UTC, and the heading names the zone`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path())
    ledger.record(
      .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: try #require(Timestamp(iso8601: "2026-01-31T11:30:00Z")), component: "api",
          operation: "get", action: .retry, outcome: .failed, attempts: 1, duration: .zero)))
    try await ledger.close()
    func report(_ options: String...) async throws -> (code: Int32, output: String, errors: String) {
      try await ChildProcess.run(
        "healing", ["report", "by-action", "--ledger", folder.path()] + options,
        environment: ["TZ": "Europe/Berlin"])
    }
    let range = ["--since", "2026-01-31T12:00:00", "--until", "2026-01-31T13:00"]
    let local = try await report(range[0], range[1], range[2], range[3])
    #expect(
      local.output.hasPrefix(
        "from 2026-01-31T11:00:00Z until 2026-01-31T12:00:00Z; times without a zone are Europe/Berlin\n\n"
      ),
      "\(local)")
    #expect(local.output.contains("retry"))
    let utc = try await report(range[0], range[1], range[2], range[3], "--utc")
    #expect(
      utc.output.hasPrefix(
        "from 2026-01-31T12:00:00Z until 2026-01-31T13:00:00Z; times without a zone are UTC"))
    #expect(!utc.output.contains("retry"))
    let aged = try await report("--since", "9000d", "--until", "2026-02-01T00:00:00+01:00")
    #expect(
      aged.output.contains(" until 2026-01-31T23:00:00Z; totals are of whole minutes\n\n"), "\(aged)")
    // Data have no heading.
    let data = try await report("--since", "2026-01-31", "--until", "2026-02-01", "--format", "csv")
    #expect(data.output.hasPrefix("action,"), "\(data)")
    for wrong in ["2026-11-27xyz", "2026-02-30", "2026-11-27T25:00:00Z", "1h30"] {
      let result = try await report("--since", wrong)
      #expect(result.code == 2 && result.errors.contains("--since \(wrong)"), "\(result)")
    }
    #expect(try await report("--utc").code == 2)
    let unknown = try await report("--component", "apis")
    #expect(
      unknown.code == 1 && unknown.errors.contains("no component is called 'apis'; did you mean 'api'?"),
      "\(unknown)")
  }

  /// Numbers to 14 digits: the shell's own formatting of a `Double` is off in the 16th.
  private func figures(_ json: String) throws -> [[String: String]] {
    let rows = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
    return try #require(rows).map { row in
      row.mapValues { ($0 as? NSNumber).map { String(format: "%.14g", $0.doubleValue) } ?? "\($0)" }
    }
  }

  @Test func `CSV is quoted, and JSON has every row`() async throws {
    let path = try await makeLedger()
    let csv = try await Program.run("report", "recent", "--ledger", path, "--format", "csv", "--limit", "2")
    let lines = csv.output.components(separatedBy: "\r\n")
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("timestamp,component,operation,action,outcome,"))
    #expect(lines[1].contains("\"a, \"\"quoted\"\" word\",,,,") && lines[1].hasSuffix(",true"))
    #expect(try await Program.json("report", "recent", "--ledger", path, "--limit", "7").count == 7)
    #expect(try await Program.json("breakers", "--ledger", path).isEmpty)
    #expect(try await Program.run("breakers", "--ledger", path, "--format", "json").output == "[]\n")
  }

  @Test func `without a report JSON has all of them`() async throws {
    let path = try await makeLedger()
    let all = try await Program.run("report", "--ledger", path, "--format", "json", "--limit", "3")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(all.output.utf8)) as? [String: [NSDictionary]])
    #expect(object.keys.sorted() == ["by_action", "by_component", "overall", "recent"])
    #expect(object["recent"]?.count == 3)
    for report in ["overall", "by-action", "by-component"] {
      let one = try await Program.run("report", report, "--ledger", path, "--format", "json")
      let rows = try JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [NSDictionary]
      #expect(rows == object[report.replacing("-", with: "_")], "\(report)")
    }
    let csv = try await Program.run("report", "--ledger", path, "--format", "csv")
    #expect(csv.code == 2 && csv.errors.contains("--format csv prints one report"), "\(csv)")
    let limited = try await Program.run("report", "overall", "--ledger", path, "--limit", "3")
    #expect(limited.code == 2 && limited.errors.contains("--limit is not for 'overall'"), "\(limited)")
  }

  @Test func `a report without recoveries says so, and has no rate`() async throws {
    let path = folder.path("empty.db")
    try await SQLiteLedger(path: path).close()
    let overall = try await Program.json("report", "overall", "--ledger", path).first
    for field in ["effective_success_rate", "success_rate", "avg_duration_ms"] {
      #expect(overall?[field] is NSNull, "\(field)")
    }
    let report = try await Program.run("report", "--ledger", path)
    for section in ["by-action", "by-component", "recent"] {
      #expect(report.output.contains("\n\(section)\nno rows\n"), "\(report.output)")
    }
  }
}
