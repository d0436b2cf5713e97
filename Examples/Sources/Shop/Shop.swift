import Healing
import HealingSQLite

/// Four components, two releases and an outage, in a ledger that is there afterwards:
///
///     swift run Shop shop.db
///     healing report --ledger shop.db
@main
struct Shop {
  static func main() async throws {
    let path = CommandLine.arguments.dropFirst().first ?? "shop.db"
    let dependencies = Dependencies()

    // The first release serves its orders. Payments fail shortly before the deploy, and their circuit opens.
    try await serve(release: "2026.11.3", path, dependencies) { checkout in
      await place(0..<200, checkout)
      dependencies.begin(.payments)
      await place(200..<220, checkout)
    }
    // The second release finds the circuit open. Mail fails too; a fallback answers for it.
    try await serve(release: "2026.11.4", path, dependencies) { checkout in
      await place(220..<240, checkout)
      dependencies.end(.payments)
      dependencies.begin(.mail)
      try await Task.sleep(for: .milliseconds(300))
      await place(240..<400, checkout)
    }
    print("healing report --ledger \(path)")
  }

  private static func serve(
    release: String, _ path: String, _ dependencies: Dependencies,
    _ work: @Sendable (Checkout) async throws -> Void
  ) async throws {
    let ledger = try await SQLiteLedger.open(
      path: path, identity: ProcessIdentity(program: "shop", release: release))
    let engine = try await RecoveryEngine(ledger: ledger)
    let checkout = try Checkout(engine: engine, dependencies: dependencies)
    print("\(release): payments_api is \(checkout.payments.isCircuitOpen ? "open" : "closed") at the start")
    try await work(checkout)
    let seen = try await engine.statistics().executions
    print(
      "\(release): \(seen.executions) executions, \(seen.rejected) rejected, \(seen.saved) saved,",
      "\(seen.degraded) degraded, \(seen.lost) lost in the whole ledger")
    try await ledger.close()
  }

  private static func place(_ numbers: Range<Int>, _ checkout: Checkout) async {
    var placed = 0
    for number in numbers where (try? await checkout.place(order: number)) != nil { placed += 1 }
    print("orders \(numbers.lowerBound) to \(numbers.upperBound - 1): \(placed) of \(numbers.count) placed")
  }
}
