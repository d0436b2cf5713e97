import HealingServer
import HealingChecks
import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The output of a check may contain secrets; the shown text must not.
@Suite struct CheckSecretTests {
  private static let secret = "hunter2hunter2"

  private struct Leaky: Error, CustomStringConvertible {
    var description: String { "refused, password=\(CheckSecretTests.secret)" }
  }

  @Test func `no response shows a secret that a check printed`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
    let monitor = HealthMonitor(engine: engine)
    let url = "postgres://app:\(Self.secret)@db/orders"
    let checks: [String: @Sendable () async throws -> HealthCheck.Result] = [
      "printed": {
        try await CommandCheck(arguments: ["/bin/sh", "-c", "echo 'cannot reach \(url)'; exit 1"]).check()
      },
      "long": {
        // The secret lies across the place where the message is cut.
        let text = String(repeating: "x", count: 470) + " password=\(Self.secret)\(Self.secret)\(Self.secret)"
        return try await CommandCheck(arguments: ["/bin/sh", "-c", "echo '\(text)'; exit 2"]).check()
      },
      "fine": { .healthy("connected to \(url)") },
      "thrown": { throw Leaky() },
      "issues": {
        HealthCheck.Result(.critical, "down", issues: ["tried \(url)", "api_key: \(Self.secret)"])
      },
    ]
    let limiter = ConcurrencyLimiter(limit: 2)
    for (name, check) in checks {
      let configured = ConfiguredCheck(
        timeout: .seconds(300), failureThreshold: 1, limiter: limiter, check: check)
      monitor.register(
        ComponentName(name), check: try HealthCheck(timeout: .seconds(600)) { try await configured.check() })
      monitor.register(ComponentName("\(name).bare"), check: try HealthCheck(timeout: .seconds(600), check))
    }
    let server = try HealingServer(engine: engine, monitor: monitor)
    for name in checks.keys.flatMap({ [$0, "\($0).bare"] }) { await monitor.check(ComponentName(name)) }
    try await ledger.flush()
    var texts: [String] = []
    for path in [
      "/health", "/health/components", "/health?component=printed", "/components", "/component/printed/stats",
    ] {
      let response = await server.router.respond(
        to: HTTPRequest(.get, "/api/v1/healing\(path)", headers: HTTPHeaders([("Host", "localhost")])))
      guard case .bytes(let body) = response.body else { continue }
      #expect(response.status == 200)
      texts.append(String(decoding: body, as: UTF8.self))
    }
    texts += try await ledger.checks.recent(component: nil, limit: 100).map { "\($0)" }
    texts += try await monitor.systemHealth().components.map { "\($0)" }
    #expect(texts.count { $0.contains("[redacted]") } > 10)
    // Not even its beginning.
    for text in texts { #expect(!text.contains(Self.secret.prefix(4)), "\(text)") }
    try await ledger.close()
  }
}
