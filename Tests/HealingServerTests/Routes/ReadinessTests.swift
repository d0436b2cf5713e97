import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

@Suite struct ReadinessTests {
  @Test(arguments: Way.allCases) func `readyz returns 200 when the ledger can be written`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    #expect(try await server.get("//readyz").value("status") == "ready")
    // The probe leaves no row.
    #expect(try await server.get("/components").value("total") == 0)
    try await server.end()
  }

  @Test func `readyz returns 503 while another program holds the ledger`() async throws {
    let server = try await TestServer(.router, time: SystemTimeSource())
    let other = try Connection(path: server.folder.path(), mode: .readWrite)
    try other.execute("BEGIN IMMEDIATE")
    let answer = try await server.get("//readyz")
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    let reasons: [[String: String]] = try #require(answer.value("errors"))
    #expect(reasons.first?["field"] == "ledger" && reasons.first?["message"] == "busy")
    // Reports are accepted meanwhile, but not durable yet.
    let sample = #"{"component": "a", "outcome": "success"}"#
    #expect(try await server.post("/samples", sample).value("durable") == false)
    try other.execute("ROLLBACK")
    // The writer's last attempt may have ended as busy just before.
    while (try? await server.ledger.flush()) == nil {}
    #expect(try await server.get("/component/a/stats").value("total_requests") == 1)
    while try await server.get("//readyz").status != 200 {}
    try await server.end()
  }

  @Test func `readyz reports a damaged ledger without its path`() async throws {
    let server = try await TestServer(.router)
    _ = try await server.post("/samples", #"{"component": "a", "outcome": "success"}"#)
    // Roll-ups that point into nowhere: as good as a bad disk.
    let sql = """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET rootpage = 999 WHERE name = 'recovery_rollup';
      PRAGMA schema_version = 99
      """
    #expect(try await ChildProcess.run("/usr/bin/sqlite3", [server.folder.path(), sql]).code == 0)
    let answer = try await server.get("//readyz")
    #expect(answer.status == 503)
    let reasons: [[String: String]] = try #require(answer.value("errors"))
    #expect(reasons.first?["message"] == "corrupt", "\(answer.text)")
    #expect(!answer.text.contains(server.folder.url.path))
    #expect(try await server.get("/recovery/stats").status == 503)
    #expect(try await server.get("//healthz").status == 200)
    try? await server.end()
  }
}
