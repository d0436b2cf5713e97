import CHealingSyncCounter
import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

/// Makes 1,000 calls a second on 20 components with the default options, of which one in a hundred fails once and is
/// retried, then prints the result as one line of JSON: ``FloodReport``.
enum SteadyWriter {
  static func run(_ path: String, seconds: Double) async throws {
    let ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "steady-writer"))
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: RetryOptions(initialDelay: .milliseconds(50)), breaker: .standard))
    let components = (0..<20).map { engine.component(ComponentName("component-\($0)")) }
    let time = SystemTimeSource()
    let start = time.monotonicNanoseconds()
    // Registering the components is over after a second.
    var steadySince: (elapsed: Double, synchronisations: Int)?
    var calls = 0
    var failures = 0
    await withTaskGroup(of: Void.self) { group in
      while true {
        let elapsed = Double(time.monotonicNanoseconds() - start) / 1e9
        if elapsed >= seconds { break }
        if steadySince == nil && elapsed >= 1 { steadySince = (elapsed, sync_counter_value()) }
        while calls < Int(elapsed * 1_000) {
          calls += 1
          let component = components[calls % 20]
          if calls.isMultiple(of: 100) {
            failures += 1
            group.addTask {
              var isFirst = true
              try? await component.execute("call") {
                defer { isFirst = false }
                if isFirst { throw POSIXError(.ECONNREFUSED) }
              }
            }
          } else {
            try? await component.execute("call") {}
          }
        }
        await pause()
      }
    }
    let peakMemory = try FloodWriter.peakMemory()
    let synchronisations = sync_counter_value()
    let steadyEnd = Double(time.monotonicNanoseconds() - start) / 1e9
    try await ledger.close()
    let end = Double(time.monotonicNanoseconds() - start) / 1e9
    var report = FloodReport(calls: calls, failures: failures, seconds: end)
    report.peakMemory = peakMemory
    if let steadySince {
      report.synchronisationsPerSecond =
        Double(synchronisations - steadySince.synchronisations) / (steadyEnd - steadySince.elapsed)
    }
    var usage = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &usage)
    report.processorSeconds = Double(usage.tv_sec) + Double(usage.tv_nsec) / 1e9
    print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  }
}
