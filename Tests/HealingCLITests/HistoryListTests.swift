import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `healing transitions`, `alerts` and `processes`: the rows of history in each format and range.
@Suite struct HistoryListTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  /// Two runs an hour apart. In each, two components open and close, and alerts are sent.
  private func makeLedger() async throws {
    for run in 0..<2 {
      let ledger = try SQLiteLedger(
        path: folder.path(),
        identity: ProcessIdentity(program: "shop", release: "2026.\(run + 1)"),
        options: SQLiteLedgerOptions(retention: nil), time: time)
      for (component, state) in [("mail", .open), ("db", .open), ("mail", .closed)]
        as [(ComponentName, CircuitState)]
      {
        time.advance(by: .seconds(60))
        ledger.record(
          .transition(
            BreakerTransitionRecord(
              id: ledger.makeID(), at: time.wallClock(), component: component,
              from: state == .open ? .closed : .open, to: state,
              reason: state == .open ? "failure_threshold" : "reset", failureCount: state == .open ? 5 : 0,
              consecutiveTrips: 1, errorID: state == .open ? LedgerID(rawValue: 77) : nil,
              actor: state == .open ? nil : "ada", note: state == .open ? nil : "it is back"),
            BreakerSnapshot(component: component, updatedAt: time.wallClock())))
        ledger.record(
          .alert(
            AlertRecord(
              id: ledger.makeID(), at: time.wallClock(), component: component,
              kind: state == .open ? .raised : .recovered, status: state == .open ? .critical : .healthy,
              previousStatus: nil, message: "run \(run)")))
        try await ledger.flush()
      }
      try await ledger.close()
      time.advance(by: .seconds(3_600))
    }
  }

  private func rows(_ words: String...) async throws -> [[String: Any]] {
    let result = try await ChildProcess.run(
      "healing", words + ["--ledger", folder.path(), "--format", "json"])
    #expect(result.code == 0, "\(result)")
    return (try JSONSerialization.jsonObject(with: Data(result.output.utf8))) as? [[String: Any]] ?? []
  }

  @Test func `transitions and alerts are listed by range, component and limit`() async throws {
    let start = time.wallClock()
    try await makeLedger()
    for command in ["transitions", "alerts"] {
      #expect(try await rows(command).count == 6, "\(command)")
      #expect(try await rows(command, "--component", "mail").count == 4, "\(command)")
      #expect(try await rows(command, "--limit", "2").count == 2, "\(command)")
      let range = [
        "--since", (start + .seconds(120)).iso8601, "--until", (start + .seconds(180)).iso8601,
      ]
      let cut = try await rows(command, range[0], range[1], range[2], range[3])
      #expect(cut.map { $0["component"] as? String } == ["db"], "\(command)")
      let later = try await rows(command, "--since", (start + .seconds(1_000)).iso8601, "--component", "mail")
      #expect(later.count == 2, "\(command)")
      let lines = try await Program.run(command, "--ledger", folder.path(), "--format", "ndjson")
      #expect(lines.output.split(separator: "\n").count == 6 && lines.output.hasPrefix("{\""), "\(command)")
      let most = try await Program.run(command, "--ledger", folder.path(), "--limit", "6")
      #expect(most.errors.contains("the last 6 \(command); --limit prints more"), "\(most.errors)")
      let none = try await Program.run(command, "--ledger", folder.path(), "--until", start.iso8601)
      #expect(none.code == 0 && none.output.hasSuffix("no \(command)\n"), "\(none)")
      let unknown = try await Program.run(command, "--ledger", folder.path(), "--component", "maill")
      #expect(unknown.code == 1 && unknown.errors.contains("did you mean 'mail'?"), "\(unknown)")
      let zone = try await Program.run(command, "--ledger", folder.path(), "--utc")
      #expect(zone.code == 2 && zone.errors.contains("--utc needs --since or --until"), "\(zone)")
    }
    let transitions = try await rows("transitions")
    #expect(
      transitions.last?["actor"] as? String == "ada" && transitions.last?["note"] as? String == "it is back")
    #expect(transitions.first?["error_id"] as? String == "77")
    let table = try await Program.run("transitions", "--ledger", folder.path())
    #expect(table.output.contains("failure_threshold (5 failures, error 77)"), "\(table.output)")
    #expect(table.output.contains("reset by ada: it is back"), "\(table.output)")
    let alerts = try await Program.run("alerts", "--ledger", folder.path())
    #expect(alerts.output.contains("critical: run 1"), "\(alerts.output)")
  }

  @Test func `processes are the runs that had the ledger open in a range`() async throws {
    let start = time.wallClock()
    try await makeLedger()
    let all = try await rows("processes")
    #expect(all.map { $0["release"] as? String } == ["2026.1", "2026.2"])
    let identity = ProcessIdentity()
    #expect(all.allSatisfy { $0["host"] as? String == identity.host && $0["pid"] as? Int64 == identity.pid })
    #expect(all.allSatisfy { $0["end_kind"] as? String == "clean" && $0["ended"] is String })
    #expect(all[0]["last_write"] as? String == (start + .seconds(180)).iso8601)
    #expect(try await rows("processes", "--limit", "1").map { $0["id"] as? Int } == [2])
    let first = try await rows("processes", "--until", (start + .seconds(300)).iso8601)
    #expect(first.map { $0["id"] as? Int } == [1])
    let second = try await rows("processes", "--since", (start + .seconds(300)).iso8601)
    #expect(second.map { $0["id"] as? Int } == [2])
    // A run that has not ended is open up to now.
    let open = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    let now = try await rows("processes", "--since", "1s")
    #expect(now.count == 1 && now[0]["end_kind"] is NSNull)
    try await open.close()
    let table = try await Program.run("processes", "--ledger", folder.path())
    #expect(
      table.output.split(separator: "\n").count == 5 && table.output.contains("clean"), "\(table.output)")
  }
}
