import Foundation

/// The largest ledger of a run, built once, whichever scenario needs it first.
enum LargeLedger {
  static func path(_ bench: Bench, rows: Int) -> String { bench.path("large-\(rows).db") }

  /// Builds a ledger with a history of so many rows a table, unless the run has it.
  /// - Returns: its path, and how long building it took, in seconds; `nil` when the run had it.
  static func built(_ bench: Bench, rows: Int) async throws -> (path: String, seconds: Double?) {
    let path = path(bench, rows: rows)
    if FileManager.default.fileExists(atPath: path) { return (path, nil) }
    let seconds = try await bench.nanoseconds { try await LedgerBuilder.history(rows, path: path) } / 1e9
    return (path, seconds)
  }
}
