import Foundation
import Healing
import HealingSQLite
import Testing

// The README's example, word for word. It compiles here, and the test compares.
// example begins
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
// example ends

private func generate(_ prompt: String) async throws -> String { prompt }

@Suite struct ReadmeTests {
  @Test func `the README's example is the one that compiles`() throws {
    let here = URL(fileURLWithPath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let source = try String(contentsOf: here, encoding: .utf8)
    let example = try #require(source.components(separatedBy: "// example begins\n").dropFirst().first)
      .components(separatedBy: "// example ends")[0]
    #expect(example.count > 500)
    #expect(readme.contains(example))
  }
}
