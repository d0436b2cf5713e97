import Foundation
import Healing
import HealingSQLite
import HealingServer
import HealingTestSupport
import Testing

@Suite struct DescriptionTests {
  @Test func `the API description has exactly the operations of the router`() async throws {
    let server = try await TestServer(.router)
    let paths: [String: [String: [String: Any]]] = try #require(
      try await server.get("//openapi.json").value("paths"))
    let described = paths.flatMap { path, operations in
      operations.map { "\($0.key.uppercased()) \(path) \($0.value["operationId"] as? String ?? "?")" }
    }
    let routed = server.server.router.routes.map { "\($0.method.rawValue) \($0.path) \($0.name)" }
    #expect(described.sorted() == routed.sorted())
    try await server.end()
  }

  @Test func `the description's vocabularies are those of the code`() async throws {
    let server = try await TestServer(.router)
    let description = try await server.get("//openapi.json")
    func words(_ schema: String) -> [String]? { description.value("components.schemas.\(schema).enum") }
    #expect(words("Category") == ErrorCategory.allCases.map(\.rawValue))
    #expect(words("Severity") == ErrorSeverity.allCases.map(\.rawValue))
    #expect(words("Status") == HealthStatus.allCases.map(\.rawValue))
    #expect(words("CircuitState") == CircuitState.allCases.map(\.rawValue))
    #expect(words("Action") == RecoveryAction.allCases.map(\.rawValue))
    try await server.end()
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
  func `promtool accepts the metrics`() async throws {
    let server = try await TestServer(.router)
    for name in ["db", "cache"] {
      _ = try await server.post("/errors", #"{"component": "\#(name)", "operation": "x", "message": "boom"}"#)
      _ = try await server.post(
        "/recoveries", #"{"component": "\#(name)", "operation": "x", "action": "retry", "success": true}"#)
      _ = try await server.post(
        "/components/register", #"{"component": "\#(name)", "enable_circuit_breaker": true}"#)
    }
    let answer = try await server.get("//metrics")
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let file = server.folder.path("metrics.txt")
    try Data(answer.body).write(to: URL(fileURLWithPath: file))
    let result = try await ChildProcess.run("/bin/sh", ["-c", "/usr/bin/promtool check metrics < '\(file)'"])
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.output)\(result.errors)")
    for line in [
      #"healing_calls_total{component="db",outcome="failure"} 1"#,
      #"healing_recoveries_total{action="retry",result="successful"} 2"#,
      #"healing_circuit_breaker_state{component="cache",state="closed"} 1"#,
      #"healing_http_requests_total{operation="reportError",status="200"} 2"#,
    ] {
      #expect(answer.text.contains(line + "\n"), "\(line)")
    }
    try await server.end()
  }

  @Test func `the metrics have series for a bounded number of components`() async throws {
    let server = try await TestServer(.router)
    let samples = (0..<300).map { #"{"component": "c\#($0)", "outcome": "success"}"# }.joined(separator: ",")
    _ = try await server.post("/samples", "{\"samples\": [\(samples)]}")
    let text = try await server.get("//metrics").text
    #expect(text.contains("healing_components 300\n"))
    #expect(text.contains("healing_components_omitted 100\n"))
    #expect(text.components(separatedBy: "healing_component_error_ratio{").count == 201)
    try await server.end()
  }
}
