import Foundation

/// The largest ledger of a run, built once, whichever scenario needs it first.
enum LargeLedger {
  static func path(_ bench: Bench, rows: Int) -> String { bench.path("reports-\(rows).db") }

  static func built(_ bench: Bench) async throws -> String {
    let path = path(bench, rows: bench.options.rows)
    if !FileManager.default.fileExists(atPath: path) {
      try await LedgerBuilder.recoveries(bench.options.rows, path: path)
    }
    return path
  }
}
