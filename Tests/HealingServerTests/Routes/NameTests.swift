import Foundation
import HealingServer
import Testing

/// Names in requests: of fields that are not known, and of components that are called like parts of paths.
@Suite struct NameTests {
  static let bodies: [(path: String, json: String, field: String, known: [String])] = [
    (
      "/components/register", #"{"component": "a", "enable_circuit_braker": true}"#, "enable_circuit_braker",
      ["circuit_breaker_config", "component", "enable_circuit_breaker"]
    ),
    (
      "/components/register",
      #"{"component": "a", "enable_circuit_breaker": true, "circuit_breaker_config": {"failures": 3}}"#,
      "circuit_breaker_config.failures",
      ["failure_threshold", "half_open_max_calls", "success_threshold", "timeout_seconds"]
    ),
    (
      "/errors", #"{"component": "a", "operation": "x", "message": "m", "user": "u"}"#, "user",
      ["code", "component", "duration_ms", "message", "operation", "request_id", "type", "user_id"]
    ),
    (
      "/samples", #"{"component": "a", "outcome": "success", "duration": 1}"#, "duration",
      ["component", "duration_ms", "operation", "outcome", "request_id", "samples", "user_id"]
    ),
    ("/samples", #"{"samples": [{"component": "a", "outcome": "success"}], "x": 1}"#, "x", ["samples"]),
    (
      "/samples", #"{"samples": [{"component": "a", "outcome": "success", "x": 1}]}"#, "samples[0].x",
      ["component", "duration_ms", "operation", "outcome", "request_id", "user_id"]
    ),
    (
      "/recoveries", #"{"component": "a", "operation": "x", "action": "retry", "success": true, "id": 1}"#,
      "id",
      [
        "action", "attempts", "component", "duration_ms", "error_id", "gave_up", "message", "operation",
        "request_id", "success", "user_id",
      ]
    ),
    ("/circuit-breakers/reset", #"{"component": "a", "force": true}"#, "force", ["component"]),
    (
      "/breakers/a/override", #"{"override": "forced_open", "actor": "a", "reason": "r", "until": 1}"#,
      "until",
      ["actor", "expires_at", "override", "reason"]
    ),
  ]

  @Test func `an unknown field is rejected with the known ones, and nothing is recorded`()
    async throws
  {
    let server = try await TestServer(.router)
    for (path, json, field, known) in Self.bodies {
      let answer = try await server.post(path, json)
      #expect(answer.status == 422, "\(path) \(json)")
      let errors: [[String: String]] = try #require(answer.value("errors"))
      #expect(errors.map { $0["field"] } == [field], "\(path) \(json)")
      #expect(
        errors.first?["message"] == "is not a known field; known fields: \(known.joined(separator: ", "))")
    }
    #expect(try await server.get("/components").value("total") == 0)
    try await server.end()
  }

  @Test func `the API description has the same fields`() async throws {
    let server = try await TestServer(.router)
    let schemas: [String: [String: Any]] = try #require(
      try await server.get("//openapi.json").value("components.schemas"))
    for name in ["Registration", "ErrorReport", "Sample", "RecoveryReport", "ComponentReference", "Override"]
    {
      #expect(schemas[name]?["additionalProperties"] as? Bool == false, "\(name)")
      let properties = schemas[name]?["properties"] as? [String: Any] ?? [:]
      let known = Self.bodies.map(\.known).contains {
        $0.filter { $0 != "samples" } == properties.keys.sorted()
      }
      #expect(known, "\(name) \(properties.keys.sorted())")
    }
    try await server.end()
  }

  @Test(arguments: Way.allCases)
  func `a component can have the name of any part of a path`(way: Way) async throws {
    let server = try await TestServer(way)
    let parts = server.server.router.routes.flatMap { $0.path.split(separator: "/").map(String.init) }
    let paths = server.server.router.routes.map { String($0.path.dropFirst()) }
    let names = Set((parts + paths).filter { !$0.contains("{") }).union([
      "register", "reset", "stats", ".", "..", "a/stats", "register/", "/", "component/a/reset", "null",
      "a%20b",
    ])
    for name in names.sorted() {
      #expect(
        try await server.post("/components/register", #"{"component": "\#(name)"}"#).status == 200, "\(name)")
      let escaped = name.replacingOccurrences(of: "%", with: "%25").replacingOccurrences(of: "/", with: "%2F")
      let stats = try await server.get("/component/\(escaped)/stats")
      #expect(stats.status == 200 && stats.value("component") == name, "\(name)")
      #expect(try await server.get("/health?component=\(escaped)").value("component") == name, "\(name)")
      #expect(try await server.get("/recovery/stats?component=\(escaped)").value("component") == name)
      #expect(try await server.post("/component/\(escaped)/reset").value("component") == name, "\(name)")
      let forgotten = try await server.send(.delete, "/components/\(escaped)")
      #expect(forgotten.status == 200 && forgotten.value("component") == name, "\(name)")
      #expect(try await server.send(.delete, "/components/\(escaped)").status == 404, "\(name)")
    }
    #expect(try await server.get("/components").value("total") == 0)
    // Named are the operations that the API description has for the path.
    #expect(try await server.get("/components/register").headers["allow"] == "POST")
    #expect(try await server.get("/components/other").headers["allow"] == "DELETE")
    try await server.end()
  }
}
