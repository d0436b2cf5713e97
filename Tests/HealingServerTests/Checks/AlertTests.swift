import HealingServer
import HealingChecks
import Foundation
import Healing
import HealingTestSupport
import Testing

@Suite struct AlertTests {
  private let alert = AlertRecord(
    id: LedgerID(rawValue: 7), at: Timestamp(microseconds: 0), component: "db", kind: .raised,
    status: .critical,
    previousStatus: .healthy, message: "db is critical: password=hunter2hunter2")

  @Test func `a webhook is posted with its token, and a rejection is an error of the server`() async throws {
    let token = try #require(AccessToken("a-token-of-some-length"))
    let server = try await TestServer(.live, options: ServerOptions(writeToken: token))
    func url(_ path: String) throws -> URL {
      try #require(URL(string: "http://127.0.0.1:\(server.port)\(TestServer.base)\(path)"))
    }
    // This operation takes any JSON.
    try await WebhookAlert(url: url("/monitoring/stop"), token: token, timeout: .seconds(300)).deliver(alert)
    let refused = await #expect(throws: WebhookRefusedError.self) {
      try await WebhookAlert(url: try url("/monitoring/stop"), timeout: .seconds(300)).deliver(alert)
    }
    #expect(refused?.status == 401)
    let failed = try #require(refused)
    #expect(ErrorDetector().classify(failed).category == .authentication)
    try await server.end()
  }

  @Test func `a webhook without a response fails at its timeout`() async throws {
    let silent = try SilentServer()
    let time = VirtualTime(jumps: false)
    let webhook = WebhookAlert(url: silent.url, timeout: .seconds(7), time: time)
    let delivery = Task { [alert] in try await webhook.deliver(alert) }
    await time.waitForSleepers()
    time.advance(by: .seconds(7))
    let error = await #expect(throws: WebhookTimeoutError.self) { try await delivery.value }
    #expect(error?.description == "the webhook did not answer within 7.0 seconds")
  }

  @Test func `a webhook without a listener is a transient network error`() async throws {
    let nobody = try #require(URL(string: "http://\(Loopback.address()):1/"))
    let error = await #expect(throws: (any Error).self) {
      try await WebhookAlert(url: nobody, timeout: .seconds(300)).deliver(alert)
    }
    let verdict = ErrorDetector().classify(try #require(error))
    #expect(verdict.category == .network && verdict.isTransient)
  }

  @Test func `a webhook that redirects is rejected`() async throws {
    let server = try SilentServer()
    let answering = Task {
      await server.answer(
        "HTTP/1.1 302 Found\r\nLocation: \(server.url)\r\nContent-Length: 0\r\n\r\n", endless: "")
    }
    let error = await #expect(throws: WebhookRefusedError.self) {
      try await WebhookAlert(url: server.url, timeout: .seconds(300)).deliver(alert)
    }
    #expect(error?.status == 302)
    await answering.value
  }

  @Test func `a program reads the alert as JSON, without secrets`() async throws {
    let folder = try TemporaryFolder()
    try await CommandAlert(arguments: ["/usr/bin/tee", folder.path("alert")], timeout: .seconds(300)).deliver(
      alert)
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("alert")))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    #expect(
      object == [
        "resolved": false,
        "id": "7", "component": "db", "kind": "raised", "status": "critical", "previous_status": "healthy",
        "message": "db is critical: password=\(Redactor.mark)", "timestamp": "1970-01-01T00:00:00.000000Z",
      ])
  }

  @Test(arguments: AlertRecord.Kind.allCases) func `a receiver gets alerts of each kind`(
    kind: AlertRecord.Kind
  )
    async throws
  {
    let folder = try TemporaryFolder()
    let alert = AlertRecord(
      id: LedgerID(rawValue: 7), at: Timestamp(microseconds: 0), component: "db", kind: kind,
      status: .unhealthy,
      previousStatus: .healthy, message: "m")
    try await CommandAlert(arguments: ["/usr/bin/tee", folder.path("alert")], timeout: .seconds(300)).deliver(
      alert)
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("alert")))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["kind"] as? String == kind.rawValue)
  }

  @Test func `a failing, a non-reading and a slow program have different errors`() async throws {
    let failed = await #expect(throws: CommandFailedError.self) {
      try await CommandAlert(arguments: ["/bin/sh", "-c", "exit 3"], timeout: .seconds(300)).deliver(alert)
    }
    #expect(failed?.description == "the program failed: exit code 3")
    try await CommandAlert(arguments: ["/usr/bin/true"], timeout: .seconds(300)).deliver(alert)
    let slow = CommandAlert(arguments: ["/usr/bin/sleep", "1000"], timeout: .milliseconds(200))
    await #expect(throws: CommandFailedError.self) { try await slow.deliver(alert) }
  }
}
