import Healing
import HealingSQLite

struct Assistant {
  let ledger: SQLiteLedger
  let engine: RecoveryEngine
  let openAI: Component

  init() async throws {
    ledger = try await SQLiteLedger.open(path: "healing.db", identity: ProcessIdentity(release: "2026.11.3"))
    engine = try await RecoveryEngine(ledger: ledger)
    openAI = try engine.component(
      "openai_adapter",
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 3, initialDelay: .milliseconds(200)),
        breaker: CircuitBreakerOptions(failureThreshold: 5, openDuration: .seconds(60))))
  }

  func answer(_ prompt: String) async throws -> String {
    let fallbacks = [Fallback<String>("apology") { "No answer now (\($0.category.rawValue))." }]
    return try await openAI.execute("generate", fallbacks: fallbacks) {
      try await generate(prompt)
    }
  }

  func stop() async throws {
    let seen = try await engine.statistics().executions
    print("\(seen.executions) executions, \(seen.saved) saved, \(seen.degraded) degraded, \(seen.lost) lost")
    try await ledger.close()
  }
}

private func generate(_ prompt: String) async throws -> String { prompt }
