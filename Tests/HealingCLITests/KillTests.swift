import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@Suite(.serialized) struct KillTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `an open breaker and the totals survive SIGKILL of the real program`() async throws {
    let path = folder.path()
    let demo = try ChildProcess("healing", ["demo", "--ledger", path, "--seconds", "3000"])
    let line = try await demo.waitForLine {
      $0.contains("open") && $0.contains("payments_api") && $0.contains("recoveries")
    }
    // While stopped, the program can be inspected without making progress.
    demo.signal(SIGSTOP)
    let acknowledged = try #require(line.split(separator: " ").drop { $0 != "recoveries" }.dropFirst().first)
    let byAction = try await totals("by-action", path)
    let byComponent = try await totals("by-component", path)
    let overall = try #require(try await Program.json("report", "overall", "--ledger", path).first)
    #expect(try #require(overall["total_recoveries"] as? Int) >= #require(Int(acknowledged)))
    let before = try #require(try await payments(path))
    #expect(before.state == .open)
    demo.signal(SIGKILL)
    await demo.expectEnd(-SIGKILL)

    // A commit in progress may have reached the file but not yet the other processes: it may be visible now, complete.
    let (actions, components) = (try await totals("by-action", path), try await totals("by-component", path))
    for (name, total) in byAction { #expect(try #require(actions[name]) >= total, "\(name)") }
    for (name, total) in byComponent { #expect(try #require(components[name]) >= total, "\(name)") }
    #expect(actions.values.reduce(0, +) == components.values.reduce(0, +))

    let again = try ChildProcess("healing", ["demo", "--ledger", path, "--seconds", "3000"])
    let restored = try await again.waitForLine { $0.hasPrefix("restored: payments_api open") }
    let left = try #require(
      restored.split(separator: " ").compactMap { Double($0) }.first, "a number of seconds in: \(restored)")
    // The wait is 300 s in full, so that it outlasts a slow machine; some of it has passed.
    #expect(left > 0 && left < 300)
    _ = try await again.waitForLine { $0.contains("calls") && $0.contains("payments_api") }
    let after = try #require(try await payments(path))
    #expect(after.state == .open)
    // Times go through this process's clock and back, which rounds them by a microsecond.
    for (now, then) in [(after.openUntil, before.openUntil), (after.trippedAt, before.trippedAt)] {
      let drift = try #require(now) - (try #require(then))
      #expect(abs(drift.nanoseconds) <= 10_000, "the same wait continues, it does not begin anew")
    }
    #expect(after.tripErrorID == before.tripErrorID)
    again.signal(SIGTERM)
    await again.expectEnd()
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output) \(check.errors)")
  }

  /// The totals of a report by the name of each group.
  private func totals(_ report: String, _ path: String) async throws -> [String: Int] {
    let rows = try await Program.json("report", report, "--ledger", path)
    let column = report.replacing("by-", with: "")
    return try Dictionary(
      uniqueKeysWithValues: rows.map { row in
        (try #require(row[column] as? String), try #require(row["total"] as? Int))
      })
  }

  private func payments(_ path: String) async throws -> BreakerSnapshot? {
    try await SQLiteLedgerReader(path: path).breakers.all().first { $0.component == "payments_api" }
  }
}
