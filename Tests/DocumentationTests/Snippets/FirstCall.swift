import Foundation
import Healing
import HealingSQLite

// The entry point is a comment here, because a bundle of tests has another one.
// @main
struct FirstCall {
  static func main() async throws {
    let ledger = try await SQLiteLedger.open(path: "first.db")
    let engine = try await RecoveryEngine(ledger: ledger)
    let mail = try engine.component("mail", policy: ComponentPolicy(retry: RetryOptions(maxAttempts: 3)))
    var attempts = 0
    let receipt = try await mail.execute("send") {
      attempts += 1
      if attempts == 1 { throw POSIXError(.ECONNRESET) }
      return "sent by attempt \(attempts)"
    }
    print(receipt)
    try await ledger.close()
  }
}
