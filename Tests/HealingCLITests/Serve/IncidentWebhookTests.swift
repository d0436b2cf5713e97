import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Alerts about incidents from a real daemon to a real receiver.
@Suite struct IncidentWebhookTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private static let receiver = """
    import http.server, sys
    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            print(self.rfile.read(int(self.headers['Content-Length'])).decode(), flush=True)
            self.send_response(204)
            self.end_headers()
        def log_message(self, *words): pass
    server = http.server.HTTPServer(('127.0.0.1', 0), Receiver)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  @Test func `a webhook receives the opening of an incident, once over a restart of the daemon`() async throws
  {
    let receiver = try ChildProcess("/usr/bin/python3", ["-c", Self.receiver])
    let port = try await receiver.waitForLine { _ in true }
    let config = folder.path("config.json5")
    try """
    {
      monitoring: { check_interval_seconds: 0.1 },
      alerts: [{ name: "hook", webhook: { url: "http://127.0.0.1:\(port)/" } }],
    }
    """.write(toFile: config, atomically: true, encoding: .utf8)
    let ledger = try SQLiteLedger(path: folder.path(), identity: ProcessIdentity(program: "shop"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil))
    for _ in 0..<4 {
      await #expect(throws: Down.self) { try await engine.component("db").execute("get") { throw Down() } }
    }
    try await ledger.flush()
    for isFirst in [true, false] {
      let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
      if isFirst {
        let line = try await receiver.waitForLine { $0.contains("incident_opened") }
        let alert = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let incident = try #require(alert["incident"] as? [String: Any])
        #expect((incident["id"] as? String)?.contains("-db-") == true)
        #expect(incident["components"] as? [String] == ["db"] && incident["started"] is String)
        #expect(incident["failures"] as? Int == 4 && incident["lost"] as? Int == 4)
        #expect(alert["resolved"] as? Bool == false && alert["component"] as? String == "alert.incidents")
      } else {
        // A daemon computes the incidents right after its first checks.
        for _ in 0..<10_000 {
          if try await ledger.checks.recent(component: "db", limit: 10).count > 1 { break }
          await pause()
        }
        for _ in 0..<200 { await pause() }
      }
      await daemon.end()
    }
    #expect(receiver.lines.count { $0.contains("incident_opened") } == 1)
    let stored = try await ledger.checks.recentAlerts(component: "alert.incidents", limit: 10)
    #expect(stored.map(\.kind) == [.incidentOpened])
    try await ledger.close()
  }
}
