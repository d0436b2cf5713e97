import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `healing incident`, `healing note` and `healing pin ID`, as a user runs them.
@Suite struct IncidentCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger with two outages: of two components in two releases, and half an hour later of a third one.
  private func makeLedger() async throws -> String {
    let time = VirtualTime(wall: SystemTimeSource().wallClock() + .seconds(-86_400))
    time.advance(by: .microseconds(60_000_000 - time.wallClock().microseconds % 60_000_000))
    let path = folder.path()
    func open(_ release: String) throws -> SQLiteLedger {
      try SQLiteLedger(
        path: path, identity: ProcessIdentity(program: "shop", release: release),
        options: SQLiteLedgerOptions(retention: nil), time: time)
    }
    let (old, new) = (try open("1.0"), try open("1.1"))
    func call(_ ledger: SQLiteLedger, _ component: ComponentName, failures: Int, of calls: Int) {
      var counts = CallCounts()
      for call in 0..<calls { counts.add(call < failures ? .failure : .success, microseconds: 1_500) }
      var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
      sample.executions.lost = Int64(failures)
      ledger.record(.sample(sample))
      guard failures > 0 else { return }
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: time.wallClock(), component: component, operation: "get",
            classification: ErrorClassification(category: .network, rule: "refused"), type: "POSIXError",
            message: "connection refused by <db> | \(String(repeating: "pool ", count: 20))", requestID: "r",
            userID: "u-1", occurrences: failures)))
    }
    for minute in 0..<60 {
      let fails = (5..<12).contains(minute)
      call(old, "orders_db", failures: 0, of: 40)
      call(new, "orders_db", failures: fails ? 20 : 0, of: 40)
      call(new, "checkout", failures: (6..<13).contains(minute) ? 9 : 0, of: 40)
      call(new, "mail", failures: (42..<45).contains(minute) ? 9 : 0, of: 40)
      time.advance(by: .seconds(60))
    }
    try await old.close()
    try await new.close()
    return path
  }

  private func ids(_ path: String) async throws -> [String] {
    try await Program.json("incidents", "--ledger", path).compactMap { $0["id"] as? String }
  }

  @Test func `the draft in each format`() async throws {
    let path = try await makeLedger()
    let ids = try await ids(path)
    #expect(ids.count == 2)
    let last = try await Program.run("incident", "last", "--ledger", path)
    #expect(last.code == 0 && last.output.contains(ids[1]), "\(last.errors)")
    let table = try await Program.run("incident", ids[0], "--ledger", path)
    #expect(table.code == 0 && table.errors.isEmpty)
    #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(table.output)")
    #expect(table.output.contains("orders_db → checkout") && table.output.contains("accused"))

    let markdown = try await Program.run("incident", ids[0], "--ledger", path, "--format", "markdown")
    #expect(markdown.code == 0 && markdown.output.hasPrefix("# orders_db and checkout on "))
    for heading in [
      "Summary", "Impact", "Detection", "Trigger and contributors", "What recovery did", "Timeline",
      "Error groups",
      "What was different", "Seen before", "What went well", "What went wrong", "Where we got lucky",
      "Action items",
      "Appendix",
    ] {
      #expect(markdown.output.contains("\n## \(heading)\n"), "\(heading)")
    }
    #expect(markdown.output.contains("TODO") && markdown.output.contains("140"))

    let html = try await Program.run("incident", ids[0], "--ledger", path, "--format", "html")
    #expect(html.code == 0 && html.output.hasPrefix("<!DOCTYPE html>") && html.output.contains("<svg "))
    #expect(html.output.contains("refused by &lt;db&gt;") && !html.output.contains("<script"))

    let json = try await Program.run("incident", ids[0], "--ledger", path, "--format", "json")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any] ?? [:]
    #expect(object["schema"] as? String == "healing.incident/1" && object["id"] as? String == ids[0])
    let totals = object["totals"] as? [String: Any] ?? [:]
    #expect(totals["failures"] as? Int == 7 * 20 + 7 * 9 && totals["lost"] as? Int == 7 * 20 + 7 * 9)
    #expect((object["users"] as? [Any])?.isEmpty == true)
    let users = try await Program.run(
      "incident", ids[0], "--ledger", path, "--format", "json", "--with-users")
    #expect(users.output.contains("\"user_id\" : \"u-1\""))

    let line = try await Program.run("incident", ids[0], "--ledger", path, "--chat")
    #expect(line.output.split(separator: "\n").count == 1 && line.output.contains("203 calls unanswered"))
    let open = try await Program.run("incident", ids[0], "--ledger", path, "--format", "markdown", "--public")
    #expect(open.code == 0 && !open.output.contains("refused"))
  }

  @Test func `a template is filled in, and what it names wrongly is an error with its line`() async throws {
    let path = try await makeLedger()
    let ids = try await ids(path)
    let file = folder.path("review.md")
    func fill(_ template: String, _ more: String...) async throws -> (
      code: Int32, output: String, errors: String
    ) {
      try Data(template.utf8).write(to: URL(fileURLWithPath: file))
      return try await ChildProcess.run(
        "healing", ["incident", ids[0], "--ledger", path, "--template", file] + more)
    }
    let whole = try await Program.run("incident", ids[0], "--ledger", path, "--format", "markdown")
    let summary = try #require(whole.output.components(separatedBy: "## Summary\n\n").last)
      .components(separatedBy: "\n\n## ")[0]
    let filled = try await fill(
      "# Review {of} us\n\n{{ summary }}\n\n> {{title}}: {{users}}end", "--format", "markdown")
    #expect(filled.code == 0, "\(filled.errors)")
    #expect(filled.output.hasPrefix("# Review {of} us\n\n\(summary)\n\n> "), "\(filled.output)")
    #expect(filled.output.hasSuffix(": end"))
    // Each name that the help lists is a section.
    let help = try await Program.run("incident", "--help").output
    let names = help.matches(of: /{{([a-z_]+)}}/).map { String($0.1) }
    #expect(Set(names).count == 18)
    let all = try await fill(Set(names).map { "{{\($0)}}" }.joined(separator: "\n"))
    #expect(all.code == 0 && !all.output.contains("{{"), "\(all.errors)")

    let kept = try await fill("\\{{ site.title }} {{ \t title}}")
    #expect(kept.code == 0 && kept.output.hasPrefix("{{ site.title }} ") && !kept.output.contains("\\{{"))
    #expect(try await fill("{{title\n}}").errors.contains("line 1: a placeholder has no end"))
    let unknown = try await fill("a\nb\n{{sumary}}")
    #expect(unknown.code == 2 && unknown.output.isEmpty)
    #expect(unknown.errors.contains("review.md: line 3: {{sumary}} is no section; the sections are title,"))
    #expect(try await fill("{{title}}\n{{summary").errors.contains("line 2: a placeholder has no end"))
    #expect(try await fill("no placeholder").errors.contains("has no placeholder such as {{summary}}"))
    #expect(try await fill("{{title}}", "--format", "html").code == 2)
    #expect(try await fill("{{title}}", "--chat").code == 2)
    let missing = try await Program.run("incident", ids[0], "--ledger", path, "--template", "/nowhere")
    #expect(missing.code == 2 && missing.errors.contains("--template /nowhere: the file cannot be read"))
  }

  @Test func `an unknown id names the nearest, and a wrong option is an error`() async throws {
    let path = try await makeLedger()
    let ids = try await ids(path)
    let wrong = ids[0].dropLast(4) + (ids[0].hasSuffix("0000") ? "0001" : "0000")
    let unknown = try await Program.run("incident", String(wrong), "--ledger", path)
    #expect(unknown.code == 1 && unknown.output.isEmpty)
    #expect(
      unknown.errors.contains("there is no incident '\(wrong)'; the nearest: \(ids[0])"), "\(unknown.errors)")
    #expect(try await Program.run("incident", "--ledger", path).code == 2)
    #expect(try await Program.run("incident", ids[0], ids[1], "--ledger", path).code == 2)
    #expect(try await Program.run("incident", ids[0], "--ledger", path, "--format", "csv").code == 2)
    #expect(try await Program.run("incident", ids[0], "--ledger", path, "--public", "--with-users").code == 2)
    let empty = folder.path("empty.db")
    try await SQLiteLedger(path: empty).close()
    let none = try await Program.run("incident", "last", "--ledger", empty)
    #expect(none.code == 1 && none.errors.contains("there are no incidents"))
  }

  @Test func `notes are shown in the draft, and a merged incident is an alias`() async throws {
    let path = try await makeLedger()
    let ids = try await ids(path)
    func note(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
      try await ChildProcess.run("healing", ["note"] + arguments + ["--ledger", path])
    }
    let added = try await note(
      ids[0], "--title", "Pool of orders_db", "--action", "alert on the pool", "--actor", "ana")
    #expect(added.code == 0 && added.output == "\(ids[0]): 2 notes added by ana\n", "\(added.errors)")
    #expect(try await note("last", "--merge", ids[0], "--actor", "ana").code == 0)
    // The later incident has the earlier one as its part.
    let merged = try await Program.run("incident", ids[0], "--ledger", path)
    #expect(merged.output.contains(ids[1]) && merged.output.contains("Pool of orders_db"), "\(merged.output)")
    #expect(merged.output.contains("orders_db → checkout → mail"))
    let markdown = try await Program.run("incident", ids[1], "--ledger", path, "--format", "markdown")
    #expect(markdown.output.contains("alert on the pool | TODO"))
    #expect(try await note(ids[1], "--split", ids[0], "--actor", "ana").code == 0)
    #expect(try await Program.run("incident", ids[0], "--ledger", path).output.contains(ids[0]))

    for (arguments, message) in [
      ([ids[0], "--title", "x"], "needs --actor"), ([ids[0], "--actor", "ana"], "a note needs one of"),
      ([ids[0], "--title", "", "--actor", "ana"], "--title is empty"),
      ([ids[0], "--detected-at", "noon", "--actor", "ana"], "--detected-at noon"),
      ([ids[0], "--detected-at", "2020-01-01T00:00:00Z", "--actor", "ana"], "before the start"),
      ([ids[0], "--split", ids[1], "--actor", "ana"], "no merged part"),
      ([ids[0], "--merge", ids[0], "--actor", "ana"], "itself"), ([], "which incident"),
    ] as [([String], String)] {
      let result = try await ChildProcess.run("healing", ["note"] + arguments + ["--ledger", path])
      #expect(result.code == 2 && result.errors.contains(message), "\(arguments): \(result.errors)")
    }
    let unknown = try await note(ids[0], "--merge", "2020-01-01-a-0000", "--actor", "ana")
    #expect(unknown.code == 1 && unknown.errors.contains("there is no incident"))
    // Nothing of a refused command is stored, and the ledger is whole.
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)")
  }

  @Test func `a pin of an incident keeps its hour before`() async throws {
    let path = try await makeLedger()
    let ids = try await ids(path)
    let pinned = try await Program.run("pin", ids[0], "--ledger", path, "--actor", "ana")
    #expect(pinned.code == 0, "\(pinned.errors)")
    let pins = try await Program.json("pin", "list", "--ledger", path)
    #expect(pins.count == 1 && pins[0]["reason"] as? String == "incident \(ids[0])")
    #expect(try await Program.run("pin", ids[0], "--ledger", path, "--since", "1h").code == 2)
    #expect(try await Program.run("pin", "2020-01-01-a-0000", "--ledger", path).code == 1)
  }

  @Test func `two releases are compared by component`() async throws {
    let path = try await makeLedger()
    let rows = try await Program.json("releases", "compare", "1.0", "1.1", "--ledger", path)
    let found = try #require(rows.first { $0["component"] as? String == "orders_db" })
    #expect(rows.count == 1 && found["verdict"] as? String == "accused")
    #expect(found["failures_a"] as? Int == 0 && found["failures_b"] as? Int == 140)
    let table = try await Program.run("releases", "compare", "1.0", "1.1", "--ledger", path)
    #expect(table.code == 0 && table.output.contains("accused"))
    let unknown = try await Program.run("releases", "compare", "1.0", "1.2", "--ledger", path)
    #expect(unknown.code == 1 && unknown.errors.contains("did you mean"))
    #expect(try await Program.run("releases", "compare", "1.0", "--ledger", path).code == 2)
    #expect(try await Program.run("releases", "compare", "1.0", "1.0", "--ledger", path).code == 2)
    #expect(try await Program.run("releases", "list", "--ledger", path).code == 2)
  }
}
