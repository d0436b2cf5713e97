import Healing
import HealingServer
import HealingTestSupport
import Testing

/// Each read covers what the process recorded before it: the ledger settles before its first read.
@Suite struct FreshnessTests {
  /// Operations that show no entries of the ledger, or follow its commits.
  private static let others: Set<String> = [
    "getLiveness", "getReadiness", "getDescription", "getErrorCategories", "getErrorSeverities",
    "getHealthStatuses", "followEvents",
  ]

  private func server(_ ledger: SettlingLedger) async throws -> HealingServer {
    let policy = ComponentPolicy(breaker: .standard)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy)
    engine.component("api").report(.failure)
    return try HealingServer(engine: engine, options: ServerOptions())
  }

  private func respond(
    _ server: HealingServer, _ method: HTTPMethod, _ target: String, _ body: String = ""
  ) async -> HTTPResponse {
    var fields = [("Host", "localhost")]
    if !body.isEmpty { fields.append(("Content-Type", "application/json")) }
    return await server.router.respond(
      to: HTTPRequest(method, target, headers: HTTPHeaders(fields), body: Array(body.utf8)))
  }

  private static let failing = [
    "getError": 404, "getErrors": 503, "getIncidents": 503, "getTimeline": 503, "getState": 503,
    "getReleases": 503, "getAttempts": 503, "getRetries": 503, "getAvailability": 503, "getRates": 503,
    "getIncident": 503, "getIncidentMarkdown": 503, "getIncidentPage": 503, "getIncidentNotes": 503,
  ]

  @Test func `every GET settles before it reads`() async throws {
    let ledger = SettlingLedger()
    let server = try await server(ledger)
    var count = 0
    for route in server.router.routes where route.method == .get && !Self.others.contains(route.name) {
      let path = route.path.replacing("{component}", with: "api").replacing("{id}", with: "1")
      var targets = [path]
      if ["getHealth", "getRecoveryStats"].contains(route.name) { targets.append(path + "?component=api") }
      for target in targets {
        ledger.unsettle()
        // The ledger has no error, and one in memory has no reports on outages.
        let status = Self.failing[route.name] ?? 200
        #expect(await respond(server, .get, target).status == status, "\(target)")
        #expect(ledger.readsBeforeSettling == [], "\(target)")
        #expect(ledger.isSettled, "\(target)")
        count += 1
      }
    }
    #expect(count >= 9)
  }

  @Test(arguments: [
    (HTTPMethod.post, "/api/v1/healing/component/api/reset", ""),
    (.delete, "/api/v1/healing/components/api", ""),
    (.post, "/api/v1/healing/circuit-breakers/reset", #"{"component": "api"}"#),
    (
      .post, "/api/v1/healing/breakers/api/override",
      #"{"override": "forced_open", "actor": "ada", "reason": "drill"}"#
    ),
  ])
  func `a change finds a component whose first call is not on disk`(
    method: HTTPMethod, path: String, body: String
  ) async throws {
    let ledger = SettlingLedger()
    let server = try await server(ledger)
    ledger.unsettle()
    #expect(await respond(server, method, path, body).status == 200)
    #expect(ledger.readsBeforeSettling == [])
  }
}
