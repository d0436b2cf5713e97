import Foundation
package import Healing

/// The load of a writer beside a client that does not read what it asked for.
package enum StalledClients {
  /// Commits beside the client. `HEALING_STALLED_INSERTS` sets another number.
  package static let inserts =
    ProcessInfo.processInfo.environment["HEALING_STALLED_INSERTS"].flatMap(Int.init) ?? 500
  /// Bytes that the log has at most.
  package static let logLimit = 64 << 20
}

/// Returns the size of a file in bytes; 0 when there is none.
package func fileSize(_ path: String) -> Int {
  (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
}

/// Writes entries, each durable before the next.
/// - Returns: the greatest length of the log in bytes.
package func longestLog(of ledger: any Ledger, at log: String, inserts: Int) async throws -> Int {
  var longest = 0
  for index in 0..<inserts {
    ledger.record(
      .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "writer", operation: "insert",
          action: .retry, outcome: .succeeded, attempts: 1, duration: .milliseconds(1),
          message: String(repeating: "\(index % 10)", count: 1_000))))
    try await ledger.flush()
    longest = max(longest, fileSize(log))
  }
  return longest
}
