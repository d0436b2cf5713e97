import Foundation
import Healing
import Synchronization

/// Calls four components over resources that really fail, until the task is cancelled.
///
/// - `inventory_api`: a TCP service that answers, drops connections, hangs, sends malformed data and stops
///   listening.
/// - `payments_api`: a port without a listener. Its breaker opens and stays open.
/// - `orders_db`: a database that another connection locks.
/// - `mail_templates`: a missing file; a fallback returns the text.
final class DemoWorkload: Sendable {
  private let engine: RecoveryEngine
  private let seed: UInt64
  private let server: FaultyServer
  private let closedPort: UInt16
  private let database: LockedDatabase
  private let folder: URL
  private let calls = Atomic<Int>(0)

  var callCount: Int { calls.load(ordering: .relaxed) }

  init(engine: RecoveryEngine, seed: UInt64) throws {
    self.engine = engine
    self.seed = seed
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "healing-demo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    server = try FaultyServer()
    let vacated = try FaultyServer()
    vacated.behave(.refuses)
    closedPort = vacated.port
    vacated.stop()
    database = try LockedDatabase(folder: folder)

    let quick = RetryOptions(maxAttempts: 3, initialDelay: .milliseconds(10), maxDelay: .milliseconds(80))
    let breaker = CircuitBreakerOptions(failureThreshold: 5, openDuration: .milliseconds(800))
    _ = try engine.component("inventory_api", policy: ComponentPolicy(retry: quick, breaker: breaker))
    _ = try engine.component("orders_db", policy: ComponentPolicy(retry: quick, breaker: breaker))
    _ = try engine.component("mail_templates", policy: ComponentPolicy(retry: nil, breaker: nil))
    _ = try engine.component(
      "payments_api",
      policy: ComponentPolicy(
        retry: quick, breaker: CircuitBreakerOptions(failureThreshold: 5, openDuration: .seconds(300))))
  }

  /// Runs until the task is cancelled, then cleans up.
  func run() async {
    await withTaskGroup { group in
      for worker in 0..<6 { group.addTask { await self.work(SplitMix64(seed: self.seed &+ UInt64(worker))) } }
      group.addTask { await self.disturb(SplitMix64(seed: self.seed ^ 0xD157)) }
    }
    server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Changes the behaviour of the resources at random intervals.
  private func disturb(_ generator: SplitMix64) async {
    var generator = generator
    let moods: [FaultyServer.Behaviour] = [
      .answers, .drops, .answers, .hangs, .answers, .refuses, .answers, .garbles,
    ]
    var turn = 0
    while !Task.isCancelled {
      server.behave(moods[turn % moods.count])
      if turn.isMultiple(of: 2) {
        try? await database.lock(milliseconds: .random(in: 60...200, using: &generator))
      }
      turn += 1
      try? await Task.sleep(for: .milliseconds(Int.random(in: 250...600, using: &generator)))
    }
  }

  private func work(_ generator: SplitMix64) async {
    var generator = generator
    let inventory = LoopbackClient(port: server.port)
    let payments = LoopbackClient(port: closedPort)
    while !Task.isCancelled {
      // Errors are ignored here: the ledger has them.
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4:
        _ = try? await engine.execute("stock", on: "inventory_api") { try await inventory.stock() }
      case 4..<6:
        let receipt = Fallback<Int>("pay_later") { 0 }
        _ = try? await engine.execute("charge", on: "payments_api", fallbacks: [receipt]) {
          try await payments.stock().stock
        }
      case 6..<9:
        let item = "item-\(UInt16.random(in: 0...999, using: &generator))"
        try? await engine.execute("insert", on: "orders_db") { try await database.insert(item: item) }
      default:
        let file = folder.appendingPathComponent("welcome.txt")
        let plain = Fallback<String>("built_in_text") { "Welcome." }
        _ = try? await engine.execute("read", on: "mail_templates", fallbacks: [plain]) {
          try String(contentsOf: file, encoding: .utf8)
        }
      }
      calls.add(1, ordering: .relaxed)
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1...8, using: &generator)))
    }
  }
}
