import Foundation
import Healing
import HealingSQLite
import HealingServer

enum ServeCommand: Command {
  static let name = "serve"
  static let summary = "answers the REST API over a ledger, watches components and alerts"
  static let options: [Option] = [
    .ledger,
    Option(name: "listen", value: "ADDRESS", help: "where to listen (default: 127.0.0.1:8484)"),
  ]

  static func run(_ options: ParsedOptions) async throws {
    let ledger = try SQLiteLedger(
      path: options.ledgerPath(), identity: ProcessIdentity(program: "healing serve"))
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
    guard let address = ListenAddress(options.values["listen"] ?? "127.0.0.1:8484") else {
      throw UsageError("--listen")
    }
    let server = try HealingServer(engine: engine, options: ServerOptions(listen: address))
    try await server.start()
    print("listening on port \(server.port ?? 0)")
    fflush(nil)
    let ended = AsyncStream.makeStream(of: Void.self)
    let interruption = Interruption { ended.continuation.finish() }
    for await _ in ended.stream {}
    withExtendedLifetime(interruption) {}
    await server.stop()
    try await ledger.close()
  }
}
