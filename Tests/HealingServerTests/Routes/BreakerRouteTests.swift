import Healing
import HealingSQLite
import HealingServer
import HealingTestSupport
import Testing

/// Overrides and transitions of a circuit over the API.
@Suite struct BreakerRouteTests {
  private func serve(_ way: Way) async throws -> TestServer {
    let server = try await TestServer(way)
    for component in ["mail", "db"] {
      _ = try await server.post(
        "/components/register",
        """
        {"component": "\(component)", "enable_circuit_breaker": \(component == "mail"),
         "circuit_breaker_config": {"failure_threshold": 2}}
        """)
    }
    return server
  }

  @Test(arguments: Way.allCases) func `an override is set, listed, lifted and recorded`(way: Way) async throws
  {
    let server = try await serve(way)
    let description = try await server.get("//openapi.json")
    func required(_ schema: String) -> Set<String> {
      Set(description.value("components.schemas.\(schema).required", as: [String].self) ?? [])
    }
    let end = (SystemTimeSource().wallClock() + .seconds(600)).iso8601
    let set = try await server.post(
      "/breakers/mail/override",
      """
      {"override": "forced_open", "actor": "ada", "reason": "provider is down, password=hunter2secret", "expires_at": "\(end)"}
      """)
    #expect(set.status == 200 && set.keys() == required("Overridden"), "\(set.text)")
    #expect(set.value("override") == "forced_open" && set.value("expires_at") == end)
    #expect(set.value("durable") == true && !set.text.contains("hunter2secret"))
    #expect(server.engine.component("mail").isCircuitOpen)
    #expect(
      try await server.get("/circuit-breakers").value("circuit_breakers.mail.override") == "forced_open")
    let closed = try await server.post(
      "/breakers/mail/override",
      #"{"override": "forced_closed", "actor": "ada", "reason": "drill", "expires_at": null}"#)
    #expect(closed.status == 200 && closed.text.contains("\"expires_at\":null"), "\(closed.text)")
    for _ in 0..<3 { server.engine.component("mail").report(.failure) }
    #expect(!server.engine.component("mail").isCircuitOpen)

    let lifted = try await server.send(.delete, "/breakers/mail/override?actor=ada%20l&reason=it%20is%20back")
    #expect(lifted.status == 200 && lifted.keys() == required("Lifted"), "\(lifted.text)")
    #expect(server.engine.component("mail").breakerSnapshot()?.override == nil)
    let again = try await server.send(.delete, "/breakers/mail/override?actor=ada&reason=x")
    #expect(again.status == 404 && again.text.contains("has no override"), "\(again.text)")

    let listed = try await server.get("/breakers/mail/transitions")
    #expect(listed.keys() == required("Transitions"))
    let rows: [[String: Any]] = try #require(listed.value("transitions"))
    #expect(rows.map { $0["reason"] as? String } == ["forced_open", "forced_closed", "override_lifted"])
    #expect(rows.map { $0["actor"] as? String } == ["ada", "ada", "ada l"])
    #expect(rows.last?["note"] as? String == "it is back")
    #expect(rows.allSatisfy { Set($0.keys) == required("Transitions.properties.transitions.items") })
    #expect(try await server.get("/breakers/mail/transitions?count=1").value("count") == 1)
    let before = try await server.get("/breakers/mail/transitions?until=2026-01-01T00:00:00Z")
    #expect(before.value("count") == 0)
    #expect(try await server.get("/breakers/db/transitions").value("count") == 0)
    // A forgotten component keeps its transitions.
    #expect(try await server.send(.delete, "/components/mail").status == 200)
    #expect(try await server.get("/breakers/mail/transitions").value("count", as: Int.self) ?? 0 >= 3)
    try await server.end()
  }

  @Test func `a wrong override is an error, and nothing is recorded`() async throws {
    let server = try await serve(.router)
    let names = #""actor": "ada", "reason": "drill""#
    let wrong: [(path: String, body: String, status: Int, says: String)] = [
      ("mail", "{\(names)}", 422, "override"),
      ("mail", #"{"override": "open", \#(names)}"#, 422, "must be one of forced_open, forced_closed"),
      ("mail", #"{"override": "forced_open", "reason": "r"}"#, 422, "actor"),
      ("mail", #"{"override": "forced_open", "actor": "a"}"#, 422, "reason"),
      ("mail", #"{"override": "forced_open", "actor": " ", "reason": "r"}"#, 422, "must not be blank"),
      ("mail", #"{"override": "forced_open", "actor": "a", "reason": ""}"#, 422, "1 to 1000 characters"),
      (
        "mail", #"{"override": "forced_open", \#(names), "expires_at": "2026-01-01T00:00:00Z"}"#, 422,
        "must be in the future"
      ),
      ("mail", #"{"override": "forced_open", \#(names), "expires_at": 5}"#, 422, "expires_at"),
      ("mail", #"{"override": "forced_open", \#(names), "until": 5}"#, 422, "is not a known field"),
      ("maill", #"{"override": "forced_open", \#(names)}"#, 404, "did you mean mail?"),
      ("db", #"{"override": "forced_open", \#(names)}"#, 404, "no circuit breaker is called db"),
      ("a%20b", #"{"override": "forced_open", \#(names)}"#, 422, "letters, digits"),
    ]
    for (component, body, status, says) in wrong {
      let answer = try await server.post("/breakers/\(component)/override", body)
      #expect(answer.status == status && answer.text.contains(says), "\(body): \(answer.text)")
    }
    for (query, says) in [
      ("", "actor"), ("?actor=a", "reason"), ("?actor=%20&reason=r", "must not be blank"),
      ("?actor=a&reason=r&for=1", "is not a known field"),
    ] {
      let answer = try await server.send(.delete, "/breakers/mail/override\(query)")
      #expect(answer.status == 422 && answer.text.contains(says), "\(query): \(answer.text)")
    }
    #expect(try await server.send(.delete, "/breakers/db/override?actor=a&reason=r").status == 404)
    #expect(try await server.get("/breakers/maill/transitions").status == 404)
    #expect(try await server.get("/breakers/mail/transitions?count=0").status == 422)
    #expect(try await server.get("/breakers/mail/transitions").value("count") == 0)
    try await server.end()
  }
}
