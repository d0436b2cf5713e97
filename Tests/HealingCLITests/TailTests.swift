import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `healing tail`: events in the order of their commits, from any position on.
@Suite struct TailTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func error(_ ledger: SQLiteLedger, _ message: String, at time: Timestamp) -> LedgerEntry {
    .error(
      ErrorContext(
        id: ledger.makeID(), at: time, component: message.hasPrefix("mail") ? "mail" : "db", operation: "get",
        classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: message))
  }

  /// A ledger with 12 errors of two components and a transition.
  private func makeLedger(first: Timestamp? = nil) async throws -> SQLiteLedger {
    let ledger = try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(errorRowsPerSecond: .max, retention: nil))
    let now = SystemTimeSource().wallClock()
    for number in 0..<12 {
      let time = number < 4 ? first ?? now : now
      ledger.record(error(ledger, number.isMultiple(of: 2) ? "mail \(number)" : "db \(number)", at: time))
      try await ledger.flush()
    }
    let breaker = BreakerSnapshot(component: "mail", updatedAt: now)
    ledger.record(
      .transition(
        BreakerTransitionRecord(
          id: ledger.makeID(), at: now, component: "mail", from: .closed, to: .open, reason: "forced_open",
          failureCount: 0, consecutiveTrips: 1, actor: "ada", note: "provider is\u{1B}[2J down"), breaker))
    try await ledger.flush()
    return ledger
  }

  private func objects(_ words: String...) async throws -> [[String: Any]] {
    let result = try await ChildProcess.run(
      "healing", ["tail", "--ledger", folder.path(), "--format", "ndjson"] + words)
    #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
    return result.output.split(separator: "\n").compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }

  @Test func `a reader resumes at the position that it has seen, and misses and repeats nothing`()
    async throws
  {
    let ledger = try await makeLedger()
    let feed = try await ledger.feed.events(after: 0, limit: 100)
    try await ledger.close()
    let all = try await objects("--from", "0", "--once")
    #expect(all.map { $0["position"] as? Int64 } == feed.map(\.position))
    #expect(all.map { $0["id"] as? String } == feed.map(\.event.id.description))
    #expect(all.map { $0["event"] as? String } == Array(repeating: "error", count: 12) + ["transition"])
    #expect(all.last?["actor"] as? String == "ada" && all.last?["to"] as? String == "open")
    var read: [[String: Any]] = []
    while read.count < all.count {
      let position = read.last?["position"] as? Int64 ?? 0
      let next = try await objects("--from", "\(position)", "--limit", "5")
      #expect(next.count == min(5, all.count - read.count) || next.isEmpty)
      read += next
      // The last page is short: it would wait for more.
      if all.count - read.count < 5 {
        read += try await objects("--from", "\(read.last?["position"] as? Int64 ?? 0)", "--once")
      }
    }
    #expect(read.map { $0["id"] as? String } == all.map { $0["id"] as? String })
    // Without a position, the last ten.
    #expect(try await objects("--once").count == 10)
    #expect(try await objects("--once", "--from", "\(feed.last?.position ?? 0)").isEmpty)
    let own = try await objects("--once", "--from", "0", "--component", "mail")
    #expect(own.count == 7 && own.allSatisfy { $0["component"] as? String == "mail" })

    let table = try await Program.run("tail", "--ledger", folder.path(), "--from", "11", "--once")
    let lines = table.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasPrefix("position"), "\(table)")
    #expect(lines[1].contains("error") && lines[1].hasSuffix("network, attempt 1: db 11"), "\(table)")
    #expect(lines[2].hasSuffix("closed → open: forced_open by ada: provider is\u{FFFD}[2J down"), "\(table)")
  }

  @Test func `a reader behind deleted events gets a reset and the events after them`() async throws {
    let ledger = try await makeLedger(first: Timestamp(microseconds: 60_000_000))
    let upkeep = try LedgerUpkeep(path: folder.path(), identity: ProcessIdentity())
    let report = try await upkeep.prune(.standard)
    #expect(report.figures.deleted["error"]?.rows == 4)
    try await ledger.close()
    let events = try await objects("--from", "1", "--once")
    #expect(events.first as? NSDictionary == ["event": "reset", "position": 4])
    #expect(events.dropFirst().map { $0["position"] as? Int } == Array(5...13))
    #expect(try await objects("--from", "4", "--once").count == 9)
    let table = try await Program.run("tail", "--ledger", folder.path(), "--from", "0", "--once")
    #expect(table.output.contains("reset") && table.output.contains("up to this position"), "\(table)")
    // The standard start is after what is deleted.
    #expect(try await objects("--once").count == 9)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func `events are printed as they are committed, until a signal`(
    signal: Int32
  ) async throws {
    let ledger = try await makeLedger()
    let child = try ChildProcess(
      "healing", ["tail", "--ledger", folder.path(), "--format", "ndjson", "--from", "13"])
    for number in 0..<3 {
      ledger.record(error(ledger, "mail later \(number)", at: SystemTimeSource().wallClock()))
      try await ledger.flush()
      let line = try await child.waitForLine { $0.contains("mail later \(number)") }
      #expect(line.hasPrefix("{\"position\":\(14 + number),\"attempt\":1,"), "\(line)")
    }
    child.signal(signal)
    await child.expectEnd(0)
    #expect(child.lines.count == 3 && child.errorText.isEmpty)
    try await ledger.close()
  }

  @Test func `a wrong position is an error`() async throws {
    try await makeLedger().close()
    for (words, code, says) in [
      (["--from", "14"], 1, "position 14 is after the last event, which has 13"),
      (["--from", "-1"], 2, "--from -1: allowed is a whole number"), (["--limit", "0"], 2, "--limit 0"),
      (["--format", "csv"], 2, "allowed are table, ndjson"),
      (["--component", "maill"], 1, "did you mean 'mail'?"), (["x"], 2, "'x' is an unexpected argument"),
    ] as [([String], Int32, String)] {
      let result = try await ChildProcess.run("healing", ["tail", "--ledger", folder.path()] + words)
      #expect(result.code == code && result.output.isEmpty, "\(words): \(result)")
      #expect(result.errors.contains(says), "\(words): \(result.errors)")
    }
  }
}
