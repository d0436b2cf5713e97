import Foundation
import Healing
import HealingSQLite

struct Shop {
  let ledger: SQLiteLedger
  let engine: RecoveryEngine
  let openAI: Component

  init() async throws {
    ledger = try await SQLiteLedger.open(
      path: "/var/lib/shop/healing.db", identity: ProcessIdentity(release: "2026.11.3"))
    engine = try await RecoveryEngine(ledger: ledger)
    openAI = try engine.component(
      "openai_adapter",
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 3, initialDelay: .milliseconds(200)),
        breaker: CircuitBreakerOptions(failureThreshold: 5, openDuration: .seconds(60))))
  }
}

extension Example {
  mutating func wrapACall() async throws {
    let answer = try await shop.openAI.execute("generate", request: RequestInfo(requestID: id)) {
      try await openAI.generate(prompt)
    }
  }

  mutating func readWhatHappened() async throws {
    let statistics = try await shop.engine.statistics(LedgerRange(since: Timestamp(yesterday)))
    print(statistics.overall.successRate)
    for row in statistics.byComponent { print(row.component, row.totals.total, row.totals.successful) }
    for recovery in try await shop.engine.recentRecoveries(10) { print(recovery.action, recovery.message) }
  }

  mutating func classify() async throws {
    let context = ErrorDetector().detect(
      error, component: "openai_adapter", operation: "generate", requestID: id, metadata: ["model": "large"])
    print(context.category, context.severity, context.classification.rule)
    if context.classification.shouldRetry, let delay = context.classification.retryDelay {
      print("again in", delay)
    }
  }

  mutating func listen() async throws {
    for await event in shop.engine.events() {
      switch event {
      case .error(let error): print("failed", error.component, error.message)
      case .recovery(let recovery): print("recovered", recovery.component, recovery.outcome)
      case .transition(let transition): print("circuit", transition.component, transition.to)
      case .check, .alert: break
      }
    }
  }

  mutating func printAsJSON() async throws {
    let recoveries = try await shop.engine.recentRecoveries(10)
    print(String(decoding: try JSONEncoder().encode(recoveries), as: UTF8.self))
  }
}
