import Foundation
import Healing
import HealingSQLite

/// Measures what goes into the ledger, beside a raw loop over SQLite's C API in the same run.
///
/// Rounds of the two are interleaved and medians are compared, because machines are noisy. `--quick` runs a small
/// share, to see that nothing crashes; its figures mean nothing.
@main
struct HealingBenchmarks {
  static func main() async throws {
    let isQuick = CommandLine.arguments.contains("--quick")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "healing-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    print(
      "cores \(ProcessInfo.processInfo.activeProcessorCount), SQLite \(Connection.libraryVersion), \(Date().formatted(.iso8601))"
    )
    let rounds = isQuick ? 1 : 5
    let batches = isQuick ? 2 : 20
    var raw: [Double] = []
    var ledger: [Double] = []
    for round in 0..<rounds {
      raw.append(
        try RawLoop.rowsPerSecond(
          path: folder.appendingPathComponent("raw\(round).db").path, batches: batches))
      ledger.append(
        try await LedgerLoad.rowsPerSecond(
          path: folder.appendingPathComponent("ledger\(round).db").path, batches: batches))
    }
    let ratio = median(ledger) / median(raw)
    row("raw C loop, rows/s", raw)
    row("ledger, record to durable row, rows/s", ledger)
    print(
      "ledger / raw                             \(ratio.formatted(.number.precision(.fractionLength(2))))")

    let latencies = try await LedgerLoad.latencies(
      path: folder.appendingPathComponent("latency.db").path, eventsPerSecond: 50_000,
      seconds: isQuick ? 1 : 10)
    let sorted = latencies.sorted()
    print(
      "record to durable at 50,000 events/s, ms  p50 \(percentile(sorted, 0.50))  p99 \(percentile(sorted, 0.99))  probes \(sorted.count)"
    )
  }

  private static func row(_ name: String, _ values: [Double]) {
    let sorted = values.sorted()
    func text(_ value: Double) -> String {
      value.formatted(.number.precision(.fractionLength(0)).grouping(.never))
    }
    print(
      "\(name.padding(toLength: 40, withPad: " ", startingAt: 0)) median \(text(median(values)))"
        + "  range \(text(sorted.first ?? 0))...\(text(sorted.last ?? 0))")
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  private static func percentile(_ sorted: [Double], _ share: Double) -> String {
    guard !sorted.isEmpty else { return "-" }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
      .formatted(.number.precision(.fractionLength(2)))
  }
}
