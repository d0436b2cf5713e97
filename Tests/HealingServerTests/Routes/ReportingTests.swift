import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

/// The cost of a client's report for the ledger's readers.
@Suite struct ReportingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `a request with many samples reads nothing from the ledger`() async throws {
    let base = try SQLiteLedger(path: folder.path())
    let ledger = CountingLedger(base)
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
    let server = try HealingServer(engine: engine)
    func post(_ samples: Int, components: Int) async throws -> [String: Int] {
      let items = (0..<samples).map { "{\"component\": \"c\($0 % components)\", \"outcome\": \"success\"}" }
      _ = ledger.takeCounts()
      let response = await server.router.respond(
        to: HTTPRequest(
          .post, "/api/v1/healing/samples",
          headers: HTTPHeaders([("Host", "localhost"), ("Content-Type", "application/json")]),
          body: Array("{\"samples\": [\(items.joined(separator: ","))]}".utf8)))
      #expect(response.status == 200)
      return ledger.takeCounts()
    }
    #expect(try await post(1_000, components: 1).isEmpty)
    #expect(try await post(1_000, components: 200).isEmpty)
    #expect(try await base.samples.rates(.all, component: "c0").first?.totalRequests == 1_005)
    try await base.close()
  }
}
