import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

/// The API's handling of components that are new, unknown, forgotten or badly named.
@Suite struct ComponentLimitTests {
  private func server(limit: Int, _ options: ServerOptions? = nil) async throws -> TestServer {
    let server = try await TestServer(.router, options: options)
    server.engine.componentLimit = limit
    return server
  }

  private func body(_ names: [String], outcome: String = "success") throws -> String {
    let samples = names.map { ["component": $0, "outcome": outcome] }
    return String(decoding: try JSONSerialization.data(withJSONObject: ["samples": samples]), as: UTF8.self)
  }

  private func known(_ server: TestServer) async throws -> Set<String> {
    try await server.get("/components").keys("components")
  }

  @Test func `one client with many names merges no circuits`() async throws {
    let server = try await server(limit: 50)
    let registered = try await server.post(
      "/components/register", #"{"component": "orders", "enable_circuit_breaker": true}"#)
    #expect(registered.status == 200)
    for request in 0..<20 {
      let names = (0..<1_000).map { "flood-\(request)-\($0)" }
      #expect(try await server.post("/samples", try body(names, outcome: "failure")).status == 429)
    }
    #expect(try await server.post("/samples", try body(["orders"])).status == 200)
    #expect(try await known(server) == ["orders"])
    let breakers = try await server.get("/circuit-breakers")
    #expect(breakers.keys("circuit_breakers") == ["orders"])
    #expect(breakers.value("circuit_breakers.orders.state") == "closed")
    #expect(try await server.engine.ledger.samples.recent(component: nil, limit: 9).count == 1)
    try await server.end()
  }

  @Test(arguments: [
    ("/samples", #"{"component": "new", "outcome": "success"}"#),
    (
      "/samples",
      #"{"samples": [{"component": "old", "outcome": "success"}, {"component": "new", "outcome": "failure"}]}"#
    ),
    ("/errors", #"{"component": "new", "operation": "get", "message": "connection refused"}"#),
    ("/recoveries", #"{"component": "new", "operation": "get", "action": "retry", "success": true}"#),
    ("/components/register", #"{"component": "new"}"#),
    ("/components/register", #"{"component": "new", "enable_circuit_breaker": true}"#),
  ])
  func `a new component past the limit is rejected with limit and remedy`(path: String, json: String)
    async throws
  {
    let server = try await server(limit: 1)
    #expect(try await server.post("/samples", try body(["old"])).status == 200)
    let answer = try await server.post(path, json)
    #expect(answer.status == 429 && answer.headers["content-type"] == "application/problem+json")
    let detail = try #require(answer.value("detail", as: String.self))
    for part in ["new ", "limit of 1 ", "DELETE /api/v1/healing/components/", "max_components"] {
      #expect(detail.contains(part), "\(detail)")
    }
    #expect(try await known(server) == ["old"])
    #expect(try await server.engine.ledger.samples.recent(component: nil, limit: 9).count == 1)
    #expect(try await server.get("/circuit-breakers").value("total") == 0)
    // Room is made as it says.
    #expect(try await server.send(.delete, "/components/old").status == 200)
    #expect(try await server.post("/components/register", #"{"component": "new"}"#).status == 200)
    try await server.end()
  }

  @Test func `a forgotten component is in no list, and returns with new state`() async throws {
    let server = try await server(limit: 10)
    let register = #"{"component": "db/primary", "enable_circuit_breaker": true}"#
    #expect(try await server.post("/components/register", register).status == 200)
    for _ in 0..<5 {
      let error = #"{"component": "db/primary", "operation": "get", "message": "connection refused"}"#
      #expect(try await server.post("/errors", error).status == 200)
    }
    let recovery = #"{"component": "db/primary", "operation": "get", "action": "fallback", "success": true}"#
    #expect(try await server.post("/recoveries", recovery).status == 200)
    let path = "circuit_breakers.db/primary.state"
    #expect(try await server.get("/circuit-breakers").value(path) == "open")
    let totals = try await server.get("/recovery/stats")
    let answer = try await server.send(.delete, "/components/db%2Fprimary")
    #expect(answer.status == 200)
    #expect(answer.value("component") == "db/primary")
    #expect(answer.value("forgotten") == true)
    #expect(answer.value("message", as: String.self)?.contains("forgotten") == true)
    #expect(try await server.get("/components").value("total") == 0)
    #expect(try await server.get("/health/components").value("total_components") == 0)
    #expect(try await server.get("/circuit-breakers").value("total") == 0)
    #expect(try await server.get("/health?component=db/primary").status == 404)
    #expect(try await server.get("/component/db%2Fprimary/stats").status == 404)
    #expect(try await server.post("/component/db%2Fprimary/reset").status == 404)
    #expect(try await server.post("/circuit-breakers/reset", #"{"component": "db/primary"}"#).status == 404)
    #expect(try await server.send(.delete, "/components/db%2Fprimary").status == 404)
    #expect(!(try await server.get("//metrics").text.contains("db/primary")))
    #expect(try await server.get("/recovery/stats").body == totals.body)
    let own = try await server.get("/recovery/stats?component=db/primary")
    #expect(own.value("statistics.total") == 1)
    #expect(try await server.get("/recovery/recent").value("count") == 1)
    // With new state, and without its former policy.
    #expect(try await server.post("/samples", try body(["db/primary"])).status == 200)
    #expect(try await server.get("/component/db%2Fprimary/stats").value("total_requests") == 1)
    #expect(try await server.get("/health?component=db/primary").value("status") == "healthy")
    #expect(try await server.get("/circuit-breakers").value("total") == 0)
    try await server.end()
  }

  @Test func `forgetting needs the write token`() async throws {
    var options = ServerOptions()
    options.writeToken = AccessToken(String(repeating: "w", count: 20))
    options.readToken = AccessToken(String(repeating: "r", count: 20))
    let server = try await server(limit: 10, options)
    let write = ["Authorization": "Bearer \(String(repeating: "w", count: 20))"]
    let read = ["Authorization": "Bearer \(String(repeating: "r", count: 20))"]
    #expect(try await server.post("/samples", try body(["a"]), headers: write).status == 200)
    #expect(try await server.send(.delete, "/components/a").status == 401)
    #expect(try await server.send(.delete, "/components/a", headers: read).status == 403)
    let foreign = write.merging(["Origin": "https://evil.example"]) { $1 }
    #expect(try await server.send(.delete, "/components/a", headers: foreign).status == 403)
    #expect(try await server.get("/health?component=a", headers: read).status == 200)
    #expect(try await server.send(.delete, "/components/a", headers: write).status == 200)
    #expect(try await server.get("/health?component=a", headers: read).status == 404)
    try await server.end()
  }

  @Test(arguments: ["tenant 42/äöü", "", "a%", "%zz", "a\u{0}", String(repeating: "x", count: 201)])
  func `an invalid name is rejected in every position`(text: String) async throws {
    let server = try await server(limit: 10)
    let json = try JSONSerialization.data(
      withJSONObject: [
        "component": text, "outcome": "success", "operation": "get", "message": "m", "action": "retry",
        "success": true,
      ] as [String: Any])
    for path in ["/samples", "/errors", "/recoveries", "/components/register"] {
      let answer = try await server.post(path, String(decoding: json, as: UTF8.self))
      #expect(answer.status == 422, "\(path)")
      #expect(answer.text.contains("letters, digits"), "\(answer.text)")
    }
    let escaped = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    if !text.isEmpty && !text.contains("\u{0}") {
      #expect(try await server.send(.delete, "/components/\(escaped)").status == 422)
      #expect(try await server.get("/health?component=\(escaped)").status == 422)
    }
    #expect(try await known(server).isEmpty)
    try await server.end()
  }

  @Test func `an escaped name can be read and forgotten`() async throws {
    let server = try await server(limit: 10)
    let names = ["tenant 42/äöü", "tenant_42/___", ""].map { ComponentName($0) }
    for name in names { server.engine.component(name).report(.success) }
    #expect(try await known(server) == Set(names.map(\.text)))
    for name in names {
      let escaped = try #require(name.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      #expect(try await server.get("/component/\(escaped)/stats").value("total_requests") == 1)
      #expect(try await server.post("/samples", try body([name.text])).status == 200)
      #expect(try await server.get("/component/\(escaped)/stats").value("total_requests") == 2)
      #expect(try await server.send(.delete, "/components/\(escaped)").status == 200)
    }
    #expect(try await known(server).isEmpty)
    try await server.end()
  }

  @Test func `queries and failed requests create no component`() async throws {
    let server = try await server(limit: 10)
    for index in 0..<200 {
      let name = "asked-\(index)"
      _ = try await server.get("/health?component=\(name)")
      _ = try await server.get("/component/\(name)/stats")
      _ = try await server.get("/recovery/stats?component=\(name)")
      _ = try await server.post("/component/\(name)/reset")
      _ = try await server.post("/circuit-breakers/reset", #"{"component": "\#(name)"}"#)
      _ = try await server.send(.delete, "/components/\(name)")
      // A value of the request is wrong.
      _ = try await server.post("/errors", #"{"component": "\#(name)", "operation": ""}"#)
      _ = try await server.post(
        "/samples",
        #"{"samples": [{"component": "\#(name)", "outcome": "success"}, {"component": "x", "outcome": "?"}]}"#
      )
      _ = try await server.post(
        "/components/register", #"{"component": "\#(name)", "enable_circuit_breaker": 7}"#)
    }
    #expect(server.engine.components.isEmpty)
    #expect(try await known(server).isEmpty)
    // Nor did they take any of the room.
    let names = (0..<10).map { "kept-\($0)" }
    #expect(try await server.post("/samples", try body(names)).status == 200)
    #expect(try await known(server) == Set(names))
    try await server.end()
    let file = try Connection(path: server.folder.path(), mode: .readOnly)
    #expect(try file.integer("SELECT count(*) FROM component") == 10)
  }

  @Test func `the metrics have the limit`() async throws {
    let server = try await server(limit: 3)
    try await server.engine.execute("get", on: "a") {}
    for name in ["b", "c", "d", "d"] { try await server.engine.execute("get", on: ComponentName(name)) {} }
    let metrics = try await server.get("//metrics").text
    #expect(metrics.contains("\nhealing_component_limit 3\n"))
    #expect(metrics.contains("\nhealing_unprotected_calls_total 2\n"))
    try await server.end()
  }
}
