import Foundation
import Glibc
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

/// Reads that take too long, and clients that do not take what was read.
@Suite struct ReadDeadlineTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Makes a ledger with recoveries by each action on each of 4,000 days.
  private func makeLedger() async throws -> String {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      BEGIN;
      INSERT INTO component VALUES (1, 'a', 0, 0, 0);
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3999)
        INSERT INTO recovery_rollup SELECT 86400, (19000 + i) * 86400000000, 1, a.id, 1, 1, 1, 1, 1
        FROM n, recovery_action a;
      COMMIT;
      """)
    return path
  }

  @Test func `a report past the deadline gets 503 with what was stopped and the remedy`() async throws {
    let path = try await makeLedger()
    let ledger = try SQLiteLedger(
      path: path, options: SQLiteLedgerOptions(readDeadline: .milliseconds(1)))
    func get(_ ledger: SQLiteLedger) async throws -> HealingServer.Response {
      try await HealingServer(engine: RecoveryEngine(ledger: ledger), options: ServerOptions()).respond(
        method: "GET",
        path: "/api/v1/healing/recovery/stats?since=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z",
        headers: [("Host", "localhost")])
    }
    let answer = try await get(ledger)
    #expect(answer.status == 503)
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(
      text.contains(
        "reading the recovery statistics of a range was stopped at its deadline, after 0.001 seconds; "
          + "ask for a narrower range or fewer rows"), "\(text)")
    #expect(text.contains(#""field":"ledger""#) && text.contains(#""message":"deadlineExceeded""#), "\(text)")
    #expect(!text.contains(folder.url.path))
    #expect(answer.headers.contains { $0.name == "Retry-After" })
    try await ledger.close()
    let patient = try SQLiteLedger(path: path)
    #expect(try await get(patient).status == 200)
    try await patient.close()
  }

  @Test(.timeLimit(.minutes(5))) func `a client that does not read its response does not keep the log`()
    async throws
  {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    try Connection(path: path, mode: .readWrite).execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
        INSERT INTO component SELECT i, printf('component-%0150d', i), 0, 0, 0 FROM n;
      INSERT INTO recovery_rollup SELECT 0, 0, id, 0, 1, 1, 1, 1, 1 FROM component;
      """)
    let ledger = try SQLiteLedger(path: path)
    var options = ServerOptions(listen: try #require(ListenAddress("127.0.0.1:0")))
    options.limits.answerTime = .seconds(3_600)
    let server = try HealingServer(engine: try await RecoveryEngine(ledger: ledger), options: options)
    try await server.start()
    let client = try Socket(port: try #require(server.port), receiveBuffer: 4_096)
    client.send("GET /api/v1/healing/recovery/stats HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while !client.hasAnswer { await pause() }
    let longest = try await longestLog(of: ledger, at: path + "-wal", inserts: StalledClients.inserts)
    #expect(longest <= StalledClients.logLimit)
    let writer = try Connection(path: path, mode: .readWrite)
    _ = try writer.integer("PRAGMA schema_version")  // Opens the log.
    while fileSize(path + "-wal") != 0 {
      try writer.checkpoint(.truncating)
      try await Task.sleep(for: .milliseconds(1))
    }
    // It was stalled all the time: its response had more bytes than the buffers hold.
    var received = 0
    while received < 1 << 20 { received += client.receive().count }
    await server.stop()
    try await ledger.close()
  }
}
