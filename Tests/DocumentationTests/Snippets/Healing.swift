import Healing
import HealingSQLite

extension Example {
  mutating func landing() async throws {
    let ledger = try await SQLiteLedger.open(path: "/var/lib/shop/healing.db")
    let engine = try await RecoveryEngine(ledger: ledger)
    let answer = try await engine.execute("generate", on: "openai_adapter") {
      try await openAI.generate(prompt)
    }
  }
}
