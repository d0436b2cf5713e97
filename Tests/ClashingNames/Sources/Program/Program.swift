import Healing
import HealingChecks
import HealingSQLite
import HealingServer
import Other

@main
struct Program {
  static func main() async throws {
    let ledger = try SQLiteLedger(path: CommandLine.arguments[1])
    let engine = try await RecoveryEngine(ledger: ledger)
    let sum = try await engine.component("other").execute("count") { countTargets() }
    try await ledger.flush()
    guard sum == 7, try await engine.statistics().executions.executions == 1 else {
      fatalError("the execution is not in the ledger")
    }
    try await ledger.close()
    print("both packages work in one program")
  }
}
