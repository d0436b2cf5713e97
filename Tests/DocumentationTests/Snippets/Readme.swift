import Healing
import HealingSQLite

func answer(_ prompt: String) async throws -> String {
  let ledger = try SQLiteLedger(path: "healing.db", identity: ProcessIdentity(release: "2026.11.3"))
  let engine = try await RecoveryEngine(ledger: ledger)
  let openAI = engine.component(
    "openai_adapter",
    policy: ComponentPolicy(
      retry: try RetryOptions(maxAttempts: 3, initialDelay: .milliseconds(200)),
      breaker: try CircuitBreakerOptions(failureThreshold: 5, openDuration: .seconds(60))))
  let fallbacks = [Fallback<String>("apology") { "No answer now (\($0.category.rawValue))." }]

  let answer = try await openAI.execute("generate", fallbacks: fallbacks) {
    try await generate(prompt)
  }
  print(try await engine.statistics().overall.successRate)
  try await ledger.close()
  return answer
}

private func generate(_ prompt: String) async throws -> String { prompt }
