import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

/// Every endpoint of the contract, as values and over a connection.
@Suite struct ContractTests {
  @Test(arguments: Way.allCases) func `an empty ledger returns zeros and empty objects`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    let statistics = try await server.get("/recovery/stats")
    #expect(statistics.status == 200)
    #expect(statistics.headers["content-type"] == "application/json")
    #expect(
      statistics.object as NSDictionary == [
        "overall": [
          "total_recoveries": 0, "successful_recoveries": 0, "failed_recoveries": 0, "success_rate": 0,
          "avg_duration_ms": 0, "executions": 0, "rejected": 0, "saved": 0, "degraded": 0, "undone": 0,
          "lost": 0,
          "interrupted": 0, "effective_success_rate": NSNull(),
        ], "range": ["since": NSNull(), "until": NSNull()], "by_action": [String: Any](),
        "by_component": [String: Any](),
      ])
    #expect(
      try await server.get("/recovery/recent").object as NSDictionary == ["count": 0, "recoveries": []])
    #expect(
      try await server.get("/components").object as NSDictionary == [
        "total": 0, "components": [String: Any](),
      ])
    #expect(
      try await server.get("/circuit-breakers").object as NSDictionary == [
        "total": 0, "circuit_breakers": [String: Any](),
      ])
    let health = try await server.get("/health")
    #expect(health.value("system_status") == "healthy")
    #expect(health.value("details.components") == 0)
    #expect(
      health.keys() == [
        "system_status", "error_rate", "success_rate", "message", "issues", "details", "alert_channels",
        "ledger_problem", "window_seconds", "timestamp",
      ])
    #expect(health.keys("details") == ["components", "healthy", "degraded", "unhealthy", "critical"])
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `reported failures open the circuit, and a reset closes it`(
    way: Way
  )
    async throws
  {
    let server = try await TestServer(way)
    let registered = try await server.post(
      "/components/register",
      """
      {"component": "mail/api", "enable_circuit_breaker": true,
       "circuit_breaker_config": {"failure_threshold": 2, "timeout_seconds": 30.5}}
      """)
    #expect(registered.value("registered") == true)
    #expect(registered.value("circuit_breaker_enabled") == true)
    #expect(registered.value("component") == "mail/api")
    #expect(registered.value("message", as: String.self)?.isEmpty == false)
    let error = """
      {"component": "mail/api", "operation": "send", "type": "SMTPError", "message": "connection refused",
       "code": 111, "request_id": "r-1", "duration_ms": 12.5}
      """
    let first = try await server.post("/errors", error)
    #expect(first.status == 200)
    #expect(first.value("category") == "network")
    #expect(first.value("should_retry") == true)
    #expect(first.value("should_fallback") == true)
    #expect(first.value("should_circuit_break") == true)
    #expect(first.value("retry_delay_ms") == 1_000)
    #expect(first.value("circuit") == "closed")
    let id: String = try #require(first.value("error_id"))
    let number = try #require(LedgerID(id))
    let stored = try #require(try await server.ledger.errors.find(number))
    #expect(stored.requestID == "r-1" && stored.operation == "send" && stored.type == "SMTPError")
    #expect(try await server.get("/circuit-breakers").value("circuit_breakers.mail/api.state") == "closed")
    #expect(try await server.get("/circuit-breakers").value("circuit_breakers.mail/api.failure_count") == 1)
    #expect(try await server.post("/errors", error).value("circuit") == "open")
    // A cancelled caller: no failure, and no recovery.
    for text in [
      #""message": "context canceled""#, #""message": "x", "code": 499"#,
      #""message": "x", "code": "CANCELLED""#, #""message": "", "type": "CancelledError""#,
    ] {
      let cancelled = try await server.post(
        "/errors", #"{"component": "cancelled", "operation": "x", \#(text)}"#)
      #expect(cancelled.status == 200, "\(text)")
      #expect(cancelled.value("should_retry") == false)
      #expect(cancelled.value("should_fallback") == false)
      #expect(cancelled.value("should_circuit_break") == false)
    }
    let rates = try await server.ledger.samples.rates(.all, component: "cancelled").first
    #expect(rates?.cancelledRequests == 4 && rates?.failedRequests == 0 && rates?.totalRequests == 0)
    let without = #"{"component": "disk", "operation": "x", "message": "timeout"}"#
    #expect(try await server.post("/errors", without).value("circuit", as: NSNull.self) != nil)

    let breakers = try await server.get("/circuit-breakers")
    #expect(breakers.value("total") == 1)
    #expect(breakers.value("circuit_breakers.mail/api.state") == "open")
    #expect(breakers.value("circuit_breakers.mail/api.failure_count") == 2)
    #expect(
      breakers.keys("circuit_breakers.mail/api").isSuperset(of: [
        "state", "failure_count", "success_count", "last_failure",
      ]))
    let stats = try await server.get("/component/mail%2Fapi/stats")
    #expect(
      stats.keys() == [
        "component", "status", "circuit", "total_requests", "failed_requests", "error_rate", "success_rate",
        "avg_response_time_ms", "last_check", "recent_errors", "rejected_requests", "rejected_by_circuit",
        "rejected_by_bulkhead",
      ])
    // Two calls are too few for a verdict on their rate; the circuit is open.
    #expect(stats.value("status") == "unhealthy")
    #expect(stats.value("total_requests") == 2)
    #expect(stats.value("avg_response_time_ms") == 12.5)
    let errors: [[String: Any]] = try #require(stats.value("recent_errors"))
    #expect(errors.count == 2 && errors[0]["error_id"] as? String == id)
    #expect(Set(errors[0].keys) == ["error_id", "severity", "category", "message"])
    let listed = try await server.get("/components")
    #expect(
      listed.value("components.mail/api", as: NSDictionary.self) == stats.object as NSDictionary)

    let health = try await server.get("/health?component=mail/api")
    #expect(
      health.keys() == [
        "component", "status", "response_time_ms", "error_rate", "success_rate", "message", "issues",
        "circuit", "details", "window_seconds", "timestamp",
      ])
    #expect(health.keys("circuit") == ["state", "override", "since", "reason", "until"])
    #expect(health.value("circuit.state") == "open")
    let reason: String = try #require(health.value("circuit.reason"))
    #expect(reason.hasPrefix("2 failures in a row (error "))
    let issues: [String] = try #require(health.value("issues"))
    #expect(issues.contains { $0.hasPrefix("circuit open since ") && $0.hasSuffix(": \(reason)") })
    #expect(stats.value("circuit.state") == "open")
    #expect(try await server.get("/health?component=disk").value("circuit", as: NSNull.self) != nil)
    #expect(health.value("details.failed_requests") == 2)
    #expect(health.value("window_seconds") == 300)
    #expect(try await server.get("/health").value("system_status") == "unhealthy")
    #expect(
      try await server.get("/health/components").keys("components.mail/api") == [
        "status", "error_rate", "success_rate", "response_time_ms", "rejected_rate", "message", "issues",
        "circuit",
      ])

    let closed = try await server.post("/circuit-breakers/reset", #"{"component": "mail/api"}"#)
    #expect(closed.value("reset") == true)
    #expect(try await server.get("/circuit-breakers").value("circuit_breakers.mail/api.state") == "closed")
    let reset = try await server.post("/component/mail%2Fapi/reset")
    #expect(reset.value("reset") == true && reset.value("component") == "mail/api")
    #expect(try await server.get("/component/mail%2Fapi/stats").value("total_requests") == 0)
    // The trip that the reset ended is a recovery.
    let recoveries = try await server.get("/recovery/stats?component=mail/api")
    #expect(recoveries.keys() == ["component", "statistics", "overall", "by_action", "range"])
    #expect(recoveries.value("statistics.total") == 1 && recoveries.value("statistics.successful") == 0)
    try await server.end()
  }

  @Test func `alert channels are listed separately`() async throws {
    let server = try await TestServer(.router)
    for component in ["alert.myPager", "mail"] {
      for _ in 0..<3 {
        _ = try await server.post("/samples", #"{"component": "\#(component)", "outcome": "failure"}"#)
      }
    }
    let health = try await server.get("/health")
    #expect(health.value("details.components") == 1 && health.keys("alert_channels").count == 1)
    let channels: [String: [String: Any]] = try #require(health.value("alert_channels"))
    #expect(channels["alert.myPager"]?["status"] as? String == "critical")
    #expect(channels["alert.myPager"]?["error_rate"] as? Double == 1)
    #expect(try await server.get("/health/components").keys("components") == ["mail"])
    #expect(try await server.get("/components").value("total") == 2)
    #expect(try await server.get("/health?component=alert.myPager").value("status") == "critical")
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `reported samples and recoveries are counted`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    let one = try await server.post(
      "/samples", #"{"component": "db", "outcome": "success", "duration_ms": 4}"#)
    #expect(one.value("recorded") == 1)
    let many = try await server.post(
      "/samples",
      """
      {"samples": [{"component": "db", "outcome": "success", "duration_ms": 6},
                   {"component": "db", "outcome": "failure", "duration_ms": 20},
                   {"component": "cache", "outcome": "rejected"}]}
      """)
    #expect(many.value("recorded") == 3)
    let stats = try await server.get("/component/db/stats")
    #expect(stats.value("total_requests") == 3)
    #expect(stats.value("failed_requests") == 1)
    #expect(stats.value("avg_response_time_ms") == 10)
    #expect(try await server.get("/components").value("total") == 2)

    for success in [true, false, true] {
      let answer = try await server.post(
        "/recoveries",
        """
        {"component": "db", "operation": "read", "action": "fallback", "success": \(success), "error_id": "17",
         "attempts": 2, "duration_ms": 30, "message": "from the replica, password=hunter2hunter2"}
        """)
      #expect(answer.status == 200 && answer.value("success") == success)
    }
    let statistics = try await server.get("/recovery/stats")
    #expect(statistics.value("overall.total_recoveries") == 3)
    #expect(statistics.value("overall.failed_recoveries") == 1)
    #expect(statistics.value("by_action.fallback", as: NSDictionary.self) == ["total": 3, "successful": 2])
    #expect(statistics.value("by_component.db", as: NSDictionary.self) == ["total": 3, "successful": 2])
    let recent = try await server.get("/recovery/recent?count=2")
    let list: [[String: Any]] = try #require(recent.value("recoveries"))
    #expect(recent.value("count") == 2 && list.count == 2)
    #expect(
      Set(list[0].keys) == [
        "error_id", "component", "operation", "action", "success", "attempts", "duration_ms", "message",
        "timestamp", "gave_up", "request_id", "user_id", "id", "outcome",
      ])
    #expect(list.map { $0["outcome"] as? String } == ["failed", "succeeded"])
    #expect(list.allSatisfy { ($0["id"] as? String).flatMap { LedgerID($0) } != nil })
    #expect(list[0]["success"] as? Bool == false && list[1]["success"] as? Bool == true)
    #expect(list[0]["error_id"] as? String == "17" && list[0]["duration_ms"] as? Double == 30)
    #expect(!recent.text.contains("hunter2"))
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `recoveries of a time range are returned`(way: Way) async throws {
    let server = try await TestServer(way)
    _ = try await server.post(
      "/recoveries", #"{"component": "db", "operation": "read", "action": "fallback", "success": true}"#)
    for (query, count) in [
      ("", 1), ("?since=2000-01-01T00:00:00Z&until=9000-01-01T00:00:00%2B01:00", 1),
      ("?until=2000-01-01T00:00:00Z", 0), ("?since=9000-01-01T00:00:00Z", 0),
    ] {
      let statistics = try await server.get("/recovery/stats\(query)")
      #expect(statistics.status == 200 && statistics.value("overall.total_recoveries") == count, "\(query)")
      let recent = try await server.get("/recovery/recent\(query)")
      #expect(recent.status == 200 && recent.value("count") == count, "\(query)")
      let own = try await server.get(
        "/recovery/stats?component=db" + (query.isEmpty ? "" : "&" + query.dropFirst()))
      #expect(own.status == 200 && own.value("overall.total_recoveries") == count, "\(query)")
    }
    for query in [
      "since=1h", "since=2026-11-27", "since=2026-11-27T23:59:59", "since=2026-02-30", "until=yesterday",
      "since=",
      "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
      "since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
    ] {
      for path in ["/recovery/stats", "/recovery/recent"] {
        let answer = try await server.get("\(path)?\(query)")
        #expect(answer.status == 422, "\(path)?\(query)")
        #expect(
          answer.text.contains(query.contains("&") || query.hasPrefix("until") ? "until" : "since"),
          "\(answer.text)")
      }
    }
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `an unknown query parameter is rejected`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    for path in [
      "/health?since=1h", "/health/components?lim=3", "/components?component=a",
      "/recovery/stats?componnent=a",
      "/recovery/recent?limit=3", "/circuit-breakers?x", "/monitoring/status?a=b", "/errors/categories?a=b",
      "/component/db/stats?since=1h",
    ] {
      let answer = try await server.get(path)
      #expect(answer.status == 422 && answer.text.contains("is not a known field"), "\(path): \(answer.text)")
    }
    #expect(try await server.post("/monitoring/stop?force=1").status == 422)
    #expect(try await server.send(.delete, "/components/db?force=1").status == 422)
    // Nothing was done.
    #expect(try await server.get("/components").value("total") == 0)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `an unknown component is 404 with the nearest known name`(
    way: Way
  )
    async throws
  {
    let server = try await TestServer(way)
    #expect(
      try await server.post("/components/register", #"{"component": "payments_api"}"#).status == 200)
    for path in [
      "/health?component=payment_api", "/component/paymentsapi/stats",
      "/recovery/stats?component=payments-api",
    ] {
      let answer = try await server.get(path)
      #expect(
        answer.status == 404 && answer.text.contains("did you mean payments_api?"), "\(path): \(answer.text)")
    }
    let far = try await server.get("/recovery/stats?component=orders")
    #expect(far.status == 404 && !far.text.contains("did you mean"))
    // One that was forgotten has its totals.
    _ = try await server.post(
      "/recoveries", #"{"component": "payments_api", "operation": "x", "action": "retry", "success": true}"#)
    #expect(try await server.send(.delete, "/components/payments_api").status == 200)
    let forgotten = try await server.get("/recovery/stats?component=payments_api")
    #expect(forgotten.status == 200 && forgotten.value("overall.total_recoveries") == 1)
    #expect(
      try await server.get("/recovery/stats?component=payments_api&until=2000-01-01T00:00:00Z").status == 200)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `monitoring can be started and stopped repeatedly`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    for _ in 0..<2 {
      let started = try await server.post("/monitoring/start")
      #expect(started.value("monitoring") == true && started.value("check_interval_seconds") == 30)
    }
    let status = try await server.get("/monitoring/status")
    #expect(
      status.keys() == [
        "monitoring_active", "check_interval_seconds", "alert_threshold", "registered_components",
        "registered_health_checks", "alert_callbacks",
      ])
    #expect(status.value("monitoring_active") == true)
    for _ in 0..<2 { #expect(try await server.post("/monitoring/stop").value("monitoring") == false) }
    #expect(try await server.get("/monitoring/status").value("monitoring_active") == false)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `every rate of the same calls is the same number`(way: Way) async throws
  {
    let server = try await TestServer(way)
    for outcome in ["success", "failure", "failure"] {
      _ = try await server.post(
        "/samples", #"{"component": "mail", "outcome": "\#(outcome)", "duration_ms": 3}"#)
    }
    let rate = 1.0 / 3.0
    for path in ["/health", "/health?component=mail", "/component/mail/stats"] {
      #expect(try await server.get(path).value("success_rate") == rate, "\(path)")
    }
    _ = try await server.post(
      "/components/register",
      #"{"component": "mail", "enable_circuit_breaker": true, "circuit_breaker_config": {"failure_threshold": 1}}"#
    )
    _ = try await server.post("/samples", #"{"component": "mail", "outcome": "failure"}"#)
    #expect(try await server.get("/health").value("message") == "the component is not healthy")
    _ = try await server.post("/samples", #"{"component": "db", "outcome": "success"}"#)
    #expect(try await server.get("/health").value("message") == "1 of 2 components is not healthy")
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `an error names its subject and a remedy`(way: Way) async throws {
    let server = try await TestServer(way)
    func detail(_ answer: Answer) -> String { answer.value("detail") ?? "" }
    #expect(
      detail(try await server.get("/component/nope/stats"))
        == "no component is called nope; GET /api/v1/healing/components lists them")
    #expect(
      detail(try await server.get("/health", headers: ["Host": "evil.example"])).contains("evil.example"))
    #expect(detail(try await server.post("/samples", #"{"component": nope}"#)).hasSuffix("near byte 15"))
    let wrong = try await server.post(
      "/recoveries",
      #"{"component": "a", "operation": "b", "action": "retry", "success": true, "error_id": 123}"#)
    let errors: [[String: String]] = try #require(wrong.value("errors"))
    #expect(errors.count == 1 && errors[0]["field"] == "error_id", "\(errors)")
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `the vocabularies are returned in full`(way: Way) async throws {
    let server = try await TestServer(way)
    func ids(_ path: String, _ name: String) async throws -> [String] {
      let items: [[String: Any]] = try #require(try await server.get(path).value(name))
      return items.compactMap { $0["id"] as? String }
    }
    #expect(
      try await ids("/errors/categories", "categories") == [
        "network", "api", "rate_limit", "authentication", "resource", "database", "validation", "timeout",
        "configuration", "unknown",
      ])
    #expect(try await ids("/errors/severities", "severities") == ["low", "medium", "high", "critical"])
    #expect(
      try await ids("/health-statuses", "statuses") == ["healthy", "degraded", "unhealthy", "critical"])
    let statuses: [[String: String]] = try #require(
      try await server.get("/health-statuses").value("statuses"))
    #expect(statuses.allSatisfy { $0["description"]?.contains("health check") == true }, "\(statuses)")
    #expect(statuses.filter { $0["description"]?.contains("circuit") == true }.count == 2, "\(statuses)")
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `an error is a problem document that names the bad fields`(way: Way)
    async throws
  {
    let server = try await TestServer(way)
    let wrong: [(HTTPMethod, String, String?, Int, [String])] = [
      (.post, "/errors", "{\"component\": ", 400, []),
      (.post, "/errors", "[]", 422, []),
      (.post, "/errors", "{}", 422, ["component", "operation", "message"]),
      (
        .post, "/errors", #"{"component": "a b", "operation": "", "message": 1}"#, 422,
        [
          "component", "operation", "message",
        ]
      ),
      (
        .post, "/components/register",
        #"{"component": "a", "circuit_breaker_config": {"failure_threshold": 0}}"#, 422,
        [
          "circuit_breaker_config.failure_threshold"
        ]
      ),
      (
        .post, "/components/register", #"{"component": "a", "enable_circuit_breaker": 1}"#, 422,
        [
          "enable_circuit_breaker"
        ]
      ),
      (
        .post, "/samples", #"{"samples": [{"component": "a", "outcome": "success"}, {"outcome": "great"}]}"#,
        422,
        [
          "samples[1].component", "samples[1].outcome",
        ]
      ),
      (.post, "/samples", #"{"samples": []}"#, 422, ["samples"]),
      (
        .post, "/recoveries", #"{"component": "a", "operation": "x", "action": "pray", "success": "yes"}"#,
        422,
        [
          "action", "success",
        ]
      ),
      (.post, "/circuit-breakers/reset", #"{"component": "nobody"}"#, 404, ["component"]),
      (.post, "/component/nobody/reset", nil, 404, ["component"]),
      (.get, "/component/nobody/stats", nil, 404, ["component"]),
      (.get, "/component/a%20b/stats", nil, 422, ["component"]),
      (.get, "/health?component=nobody", nil, 404, ["component"]),
      (.get, "/recovery/recent?count=0", nil, 422, ["count"]),
      (.get, "/recovery/recent?count=1001", nil, 422, ["count"]),
      (.get, "/recovery/recent?count=ten", nil, 422, ["count"]),
      (.get, "/recovery/recent?count=1&count=2", nil, 422, ["count"]),
      (.get, "/nowhere", nil, 404, []),
      (.get, "/samples", nil, 405, []),
      (.delete, "/components", nil, 405, []),
      (.put, "//metrics", "{}", 405, []),
    ]
    for (method, path, json, status, fields) in wrong {
      let answer = try await server.send(method, path, json: json)
      #expect(answer.status == status, "\(path) \(json ?? "") \(answer.text)")
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.value("status") == status && answer.value("type") == "about:blank")
      #expect(answer.keys().isSuperset(of: ["title", "detail"]))
      let named = (answer.value("errors") ?? [[String: String]]()).compactMap { $0["field"] }
      #expect(named == fields, "\(path) \(json ?? "")")
      #expect((answer.headers["allow"] != nil) == (status == 405))
    }
    #expect(try await server.send(.delete, "/components").headers["allow"] == "GET, HEAD")
    #expect(try await server.get("/samples").headers["allow"] == "POST")
    try await server.end()
  }

  @Test func `a recovery that is reported again after a restart counts once, and only of its component`()
    async throws
  {
    let server = try await TestServer(.router)
    var ids: [String] = []
    for _ in 0..<2 {
      let answer = try await server.post(
        "/errors", #"{"component": "a", "operation": "x", "message": "timeout"}"#)
      ids.append(try #require(answer.value("error_id")))
    }
    func body(_ component: String) -> String {
      #"{"component": "\#(component)", "operation": "x", "action": "fallback", "success": true, "error_id": "\#(ids[0])"}"#
    }
    #expect(try await server.post("/recoveries", body("a")).status == 200)
    try await server.end()

    let engine = try await RecoveryEngine(
      ledger: server.reopened(), policy: ComponentPolicy(breaker: nil))
    let again = try HealingServer(engine: engine)
    func post(_ component: String) async -> Int {
      await again.router.respond(
        to: HTTPRequest(
          .post, "/api/v1/healing/recoveries",
          headers: HTTPHeaders([("Host", "localhost"), ("Content-Type", "application/json")]),
          body: Array(body(component).utf8))
      ).status
    }
    #expect(await post("a") == 200)
    #expect(await post("b") == 422)
    let found = try await engine.ledger.recoveries.statistics(.all, component: "a").executions
    #expect(found.executions == 2 && found.degraded == 1 && found.lost == 1, "\(found)")
  }

  @Test func `a restarted server returns the same totals, and a component keeps its breaker`() async throws {
    let server = try await TestServer(.router)
    _ = try await server.post(
      "/components/register",
      #"{"component": "a", "enable_circuit_breaker": true, "circuit_breaker_config": {"failure_threshold": 1}}"#
    )
    _ = try await server.post("/errors", #"{"component": "a", "operation": "x", "message": "timeout"}"#)
    let before = try await server.get("/circuit-breakers")
    try await server.end()

    let engine = try await RecoveryEngine(
      ledger: server.reopened(), policy: ComponentPolicy(breaker: nil))
    let again = try HealingServer(engine: engine)
    let host = HTTPHeaders([("Host", "localhost")])
    _ = await again.router.respond(
      to: HTTPRequest(
        .post, "/api/v1/healing/circuit-breakers/reset",
        headers: HTTPHeaders([("Host", "localhost"), ("Content-Type", "application/json")]),
        body: Array(#"{"component": "a"}"#.utf8)))
    let after = await again.router.respond(
      to: HTTPRequest(.get, "/api/v1/healing/circuit-breakers", headers: host))
    #expect(before.value("circuit_breakers.a.state") == "open")
    guard case .bytes(let body) = after.body else { return }
    #expect(Answer(status: 200, headers: [:], body: body).value("circuit_breakers.a.state") == "closed")
  }
}
