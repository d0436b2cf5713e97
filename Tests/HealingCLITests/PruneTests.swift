import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting
import Testing

/// `healing prune`, `healing pin` and `healing compact`.
@Suite(.serialized) struct PruneTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A ledger with 100 errors, each a day older than the next; the last one is of twelve hours ago, so that no limit of
  /// whole days is near one of them.
  private func makeLedger() async throws -> String {
    let ledger = try SQLiteLedger(path: folder.path(), options: SQLiteLedgerOptions(retention: nil))
    let now = SystemTimeSource().wallClock()
    for day in (0..<100).reversed() {
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: now + .seconds(-day * 86_400 - 43_200), component: "api",
            operation: "get",
            classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "m")))
    }
    try await ledger.close()
    return folder.path()
  }

  private func errors(_ path: String) throws -> Int64 {
    try Connection(path: path, mode: .readOnly).integer("SELECT count(*) FROM error") ?? 0
  }

  @Test func `a dry run counts what pruning deletes, and pruning records it`() async throws {
    let path = try await makeLedger()
    let dry = try await Program.run("prune", "--ledger", path, "--older-than", "30d", "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("error") && dry.output.contains("dry run"), "\(dry)")
    #expect(dry.output.contains("; the file has "), "\(dry)")
    #expect(try errors(path) == 100)
    let rows = try await Program.json("prune", "--ledger", path, "--older-than", "30d", "--dry-run")
    let pruned = try await Program.json("prune", "--ledger", path, "--older-than", "30d")
    // The dry run counts every table, the feed too.
    func counts(_ rows: [[String: Any]]) -> [String: Int] {
      Dictionary(
        rows.map { ($0["table"] as? String ?? "", $0["rows"] as? Int ?? 0) }, uniquingKeysWith: { $1 })
    }
    #expect(counts(rows) == counts(pruned) && counts(rows)["feed"] == 70, "\(rows) \(pruned)")
    #expect(rows.allSatisfy { $0["dry_run"] as? Bool == true }, "\(rows)")
    let file = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(
      pruned.allSatisfy { $0["dry_run"] as? Bool == false && $0["file_bytes"] as? Int == file }, "\(pruned)")
    #expect(rows.contains { $0["table"] as? String == "error" && $0["rows"] as? Int == 70 }, "\(rows)")
    #expect(pruned.contains { $0["table"] as? String == "error" && $0["rows"] as? Int == 70 }, "\(pruned)")
    #expect(try errors(path) == 30)
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0 && check.output.contains("pruned     error before "), "\(check)")
    let upkeep = try Connection(path: path, mode: .readOnly).text(
      "SELECT kind || ' ' || json_extract(figures, '$.tables.error.rows') FROM v_upkeep")
    #expect(upkeep == "prune 70")
  }

  @Test func `a pinned range stays, is listed and removed`() async throws {
    let path = try await makeLedger()
    let pin = try await Program.run(
      "pin", "--ledger", path, "--since", "70d", "--until", "60d", "--reason", "post-mortem", "--actor", "ops"
    )
    #expect(pin.code == 0 && pin.output.hasPrefix("pin 1: rows from "), "\(pin)")
    #expect(try await Program.json("pin", "list", "--ledger", path).first?["actor"] as? String == "ops")
    #expect(try await Program.run("prune", "--ledger", path, "--older-than", "30d").code == 0)
    #expect(try errors(path) == 40)
    #expect(try await Program.run("pin", "remove", "1", "--ledger", path).code == 0)
    #expect(try await Program.run("pin", "remove", "1", "--ledger", path).code == 1)
    #expect(try await Program.json("pin", "list", "--ledger", path).isEmpty)
    #expect(try await Program.run("prune", "--ledger", path, "--older-than", "30d").code == 0)
    #expect(try errors(path) == 30)
  }

  @Test func `a pin ends now unless --until is given`() async throws {
    let path = try await makeLedger()
    for until in [[], ["--until", "now"]] {
      let pin = try await ChildProcess.run(
        "healing", ["pin", "--ledger", path, "--since", "1d", "--reason", "r"] + until)
      #expect(pin.code == 0, "\(pin)")
    }
    let pins = try await Program.json("pin", "list", "--ledger", path)
    let now = SystemTimeSource().wallClock()
    for pin in pins {
      let until = try #require((pin["until"] as? String).flatMap { Timestamp(iso8601: $0) })
      #expect(until + .seconds(120) > now && until < now + .seconds(120), "\(pin)")
    }
    #expect(pins.count == 2)
  }

  @Test func `compact rewrites a ledger, and refuses while a program has it open`() async throws {
    let path = try await makeLedger()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil))
    let refused = try await Program.run("compact", "--ledger", path)
    #expect(
      refused.code == 3 && refused.errors.contains("other programs have the ledger open: "), "\(refused)")
    #expect(refused.errors.contains("(pid \(getpid()) on "), "\(refused)")
    try await ledger.close()
    let done = try await Program.run("compact", "--ledger", path)
    #expect(done.code == 0 && done.errors.isEmpty && done.output.hasPrefix("the file had "), "\(done)")
    #expect(done.output.contains(" KiB, and has "), "\(done)")
    #expect(try await Program.run("check", "--ledger", path).code == 0)
  }

  @Test(
    arguments: [
      (["prune", "--older-than", "30"], "--older-than 30: allowed is"),
      (["prune", "--older-than", "5s"], "--older-than: allowed is 1m or more"),
      (["prune", "--max-size", "1M"], "--max-size 1M: allowed is"),
      (["prune", "now"], "'now' is an unexpected argument; see 'healing prune --help'"),
      (["pin", "--reason", "r"], "a pin needs --since"),
      (["pin", "--since", "2d", "--until", "1d"], "a pin needs --reason"),
      (["pin", "--since", "1d", "--until", "2d", "--reason", "r"], "is not after --since"),
      (["pin", "--since", "2d", "--until", "1d", "--reason", "r", "--component", "nobody"], "nobody"),
      (["pin", "remove", "7"], "there is no pin 7"),
      (["pin", "list", "--reason", "r"], "--reason is not for 'list'"),
      (["compact", "now"], "'now' is an unexpected argument"),
      (["pin", "list", "x"], "'x' is an unexpected argument"),
      (["pin", "lst"], "did you mean 'list'?"),
    ] as [([String], String)])
  func `wrong arguments have a clear error and change nothing`(arguments: [String], words: String)
    async throws
  {
    let path = try await makeLedger()
    let result = try await ChildProcess.run("healing", arguments + ["--ledger", path])
    #expect(result.code != 0 && result.errors.contains(words), "\(result)")
    #expect(try errors(path) == 100)
    let missing = folder.path("missing.db")
    let none = try await ChildProcess.run("healing", [arguments[0], "--ledger", missing])
    #expect(none.code != 0 && !FileManager.default.fileExists(atPath: missing), "\(none)")
  }
}
