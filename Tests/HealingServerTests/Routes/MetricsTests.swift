import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingServer

@Suite struct MetricsTests {
  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  @Test func `the metrics divide calls, rejections and executions as the script did`() async throws {
    let server = try await TestServer(.router)
    let breaker = CircuitBreakerOptions(failureThreshold: 2, openDuration: .seconds(600))
    let db = try server.engine.component("db", policy: ComponentPolicy(retry: nil, breaker: breaker))
    let search = try server.engine.component(
      "search",
      policy: ComponentPolicy(retry: nil, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 1)))
    let mail = try server.engine.component(
      "mail",
      policy: ComponentPolicy(retry: RetryOptions(maxAttempts: 2, initialDelay: .zero), breaker: nil))

    // One call is in flight when two failures open the circuit.
    let gate = Gate()
    let late = Task {
      try await db.execute("read") {
        await gate.wait()
        throw Down()
      }
    }
    while gate.count < 1 { await pause() }
    for _ in 0..<2 { await #expect(throws: Down.self) { try await db.execute("read") { throw Down() } } }
    gate.open()
    await #expect(throws: Down.self) { try await late.value }
    for _ in 0..<2 { await #expect(throws: CircuitOpenError.self) { try await db.execute("read") {} } }
    #expect(try await db.execute("read", fallbacks: [Fallback("cache") { 1 }]) { 0 } == 1)
    try db.force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "maintenance"))

    let hold = Gate()
    let holder = Task { try await search.execute("find") { await hold.wait() } }
    while hold.count < 1 { await pause() }
    for _ in 0..<2 {
      await #expect(throws: BulkheadFullError.self) { try await search.execute("find") {} }
    }
    hold.open()
    try await holder.value

    var attempts = 0
    try await mail.execute("send") {
      attempts += 1
      if attempts == 1 { throw Down() }
    }

    let metrics = try await server.get("//metrics").text
    for line in [
      #"healing_calls_total{component="db",outcome="failure"} 3"#,
      #"healing_calls_total{component="db",outcome="rejected"} 3"#,
      #"healing_calls_total{component="search",outcome="success"} 1"#,
      #"healing_calls_total{component="search",outcome="rejected"} 2"#,
      #"healing_calls_total{component="mail",outcome="failure"} 1"#,
      #"healing_calls_total{component="mail",outcome="success"} 1"#,
      #"healing_rejected_calls_total{component="db",reason="circuit"} 3"#,
      #"healing_rejected_calls_total{component="db",reason="bulkhead"} 0"#,
      #"healing_rejected_calls_total{component="db",reason="other"} 0"#,
      #"healing_rejected_calls_total{component="search",reason="circuit"} 0"#,
      #"healing_rejected_calls_total{component="search",reason="bulkhead"} 2"#,
      #"healing_rejected_calls_total{component="search",reason="other"} 0"#,
      #"healing_stale_results_total{component="db"} 1"#,
      #"healing_executions{outcome="first_attempt"} 1"#,
      #"healing_executions{outcome="saved"} 1"#,
      #"healing_executions{outcome="degraded"} 1"#,
      #"healing_executions{outcome="undone"} 0"#,
      #"healing_executions{outcome="lost"} 7"#,
      #"healing_executions{outcome="interrupted"} 0"#,
      #"healing_component_error_ratio{component="mail"} 0.5"#,
      #"healing_circuit_breaker_state{component="db",state="open"} 1"#,
      #"healing_circuit_breaker_override{component="db",override="forced_open"} 1"#,
    ] {
      #expect(metrics.contains(line + "\n"), "\(line)")
    }
    try await server.end()
  }
}
