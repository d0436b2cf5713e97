package import Healing

extension Ledger {
  /// Returns when a condition over the ledger holds. There is no time limit: a test that hangs shows where.
  package func waitUntil(_ condition: (Self) async throws -> Bool) async {
    while true {
      try? await flush()
      if (try? await condition(self)) == true { return }
      await pause()
    }
  }
}
