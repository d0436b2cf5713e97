import Foundation
import Healing
import HealingSQLite
import HealingServer
import Testing

/// Lists that are too long for one response.
@Suite struct PageTests {
  private static let lists = [
    ("/components", "components", "total"), ("/health/components", "components", "total_components"),
    ("/circuit-breakers", "circuit_breakers", "total"),
  ]

  private func server(names: Int) async throws -> TestServer {
    let server = try await TestServer(.router)
    for index in 0..<names {
      server.ledger.record(
        .breaker(
          BreakerSnapshot(
            component: ComponentName("PageTests/\(index % 3).\(index)"),
            updatedAt: SystemTimeSource().wallClock())))
    }
    try await server.ledger.flush()
    return server
  }

  @Test func `a list of ordinary size is one response`() async throws {
    let server = try await server(names: 20)
    for (path, list, total) in Self.lists {
      let answer = try await server.get(path)
      #expect(
        answer.keys().subtracting(["ledger_problem"]) == [list, total] && answer.keys(list).count == 20)
      #expect(answer.value(total) == 20)
    }
    try await server.end()
  }

  @Test(arguments: [1, 7, 20, 21]) func `the pages contain each name once and in order`(limit: Int)
    async throws
  {
    let server = try await server(names: 20)
    for (path, list, total) in Self.lists {
      let whole = try await server.get(path).value(list, as: NSDictionary.self)
      var (pages, after, seen): (Int, String?, [String: Any]) = (0, nil, [:])
      repeat {
        let query = "?limit=\(limit)" + (after.map { "&after=\($0)" } ?? "")
        let answer = try await server.get(path + query)
        let page: [String: Any] = try #require(answer.value(list))
        #expect(page.count <= limit && answer.value(total) == 20)
        #expect(page.keys.allSatisfy { $0 > after ?? "" })
        seen.merge(page) { first, _ in
          Issue.record("a name is there twice")
          return first
        }
        (pages, after) = (pages + 1, answer.value("next_after"))
        #expect(after == nil || after == page.keys.max())
      } while after != nil && pages <= 20
      #expect(pages == (20 + limit - 1) / limit)
      #expect(path == "/circuit-breakers" || seen as NSDictionary == whole)
      #expect(seen.count == 20)
    }
    try await server.end()
  }

  @Test func `without a limit a response has a thousand entries`() async throws {
    let server = try await server(names: 1_001)
    for (path, list, total) in Self.lists {
      let answer = try await server.get(path)
      #expect(answer.keys(list).count == 1_000 && answer.value(total) == 1_001)
      #expect(answer.value("next_after", as: String.self) == answer.keys(list).max())
    }
    try await server.end()
  }

  @Test func `an invalid page is rejected, and a page past the end is empty`() async throws {
    let server = try await server(names: 3)
    for (path, list, total) in Self.lists {
      for query in [
        "limit=0", "limit=10001", "limit=+5", "limit=-1", "limit=1.0", "limit=x", "after=a%20b", "after=",
      ] {
        #expect(try await server.get("\(path)?\(query)").status == 422, "\(query)")
      }
      let end = try await server.get("\(path)?after=zzz")
      #expect(
        end.keys().subtracting(["ledger_problem"]) == [list, total] && end.keys(list).isEmpty
          && end.value(total) == 3)
    }
    try await server.end()
  }

  @Test func `a response ends at 8 MiB and has next_after`() async throws {
    let server = try await TestServer(.router)
    // Each second byte takes more in JSON.
    let message = String(repeating: "a\t", count: 4_000)
    for index in 0..<340 {
      server.ledger.record(
        .recovery(
          RecoveryRecord(
            id: server.ledger.makeID(), at: SystemTimeSource().wallClock(), component: "PageTests",
            operation: "x", action: .retry, outcome: .succeeded, attempts: index, duration: .zero,
            message: message)))
      if index % 100 == 0 { try await server.ledger.flush() }
    }
    try await server.ledger.flush()
    let answer = try await server.get("/recovery/recent?count=1000")
    let recoveries: [[String: Any]] = try #require(answer.value("recoveries"))
    let omitted: Int = try #require(answer.value("omitted"))
    #expect(answer.value("count") == recoveries.count && recoveries.count + omitted == 340)
    #expect(answer.body.count <= 9_000_000 && recoveries.count > 250)
    #expect(recoveries.last?["attempts"] as? Int == 339)
    #expect(try await server.get("/recovery/recent?count=10").keys() == ["count", "recoveries"])
    try await server.end()
  }
}
