import FloodReport
import Foundation
import Healing
import HealingSQLite

/// Makes calls through an engine at full speed, far faster than a ledger can store rows, then flushes and prints
/// the result as one line of JSON: ``FloodReport``.
///
///     FloodWriter LEDGER SECONDS [steady|bare [CALLS_PER_FAILURE]]
///
/// One task makes calls on four components; every thousandth fails. On a busy machine the program continues
/// until the queue merges calls, for a minute at most. It is a separate program so that its memory is that
/// of a service and nothing else. The other forms are in `SteadyWriter`.
@main
struct FloodWriter {
  static func main() async throws {
    let words = CommandLine.arguments
    guard words.count >= 3, let seconds = Double(words[2]), (0...3_600).contains(seconds) else {
      FileHandle.standardError.write(Data("usage: FloodWriter LEDGER SECONDS\n".utf8))
      exit(2)
    }
    if words.count > 3 {
      let callsPerFailure = words.count > 4 ? Int(words[4]) ?? 100 : 100
      let report =
        try await words[3] == "bare"
        ? SteadyWriter.runBare(seconds: seconds)
        : SteadyWriter.run(words[1], seconds: seconds, callsPerFailure: max(1, callsPerFailure))
      return print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }
    let ledger = try SQLiteLedger(
      path: words[1], identity: ProcessIdentity(program: "flood-writer"),
      options: SQLiteLedgerOptions(sampleDetail: .everyCall))
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 100)))
    let flood = try await Task.detached { try await Self.flood(engine, of: words[1], seconds: seconds) }.value
    let memoryUnderLoad = try peakMemory()
    try await ledger.flush()
    var report = FloodReport(calls: flood.calls, failures: flood.failures, seconds: flood.seconds)
    report.peakMemory = max(memoryUnderLoad, try peakMemory())
    try await ledger.close()
    print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  }

  private static func flood(_ engine: RecoveryEngine, of path: String, seconds: Double) async throws
    -> (calls: Int, failures: Int, seconds: Double)
  {
    let components = ["a", "b", "c", "d"].map { engine.component(ComponentName($0)) }
    let time = SystemTimeSource()
    let start = time.monotonicNanoseconds()
    var end = start + Int64(seconds * 1e9)
    let latest = start + 60_000_000_000
    var calls = 0
    var failures = 0
    while time.monotonicNanoseconds() < end {
      for _ in 0..<10_000 {
        calls += 1
        let fails = calls.isMultiple(of: 1_000)
        do {
          try await components[calls & 3].execute("call") { if fails { throw Trouble() } }
        } catch is Trouble {
          failures += 1
        }
      }
      let now = time.monotonicNanoseconds()
      if now >= end, now < latest, try !hasMerged(path) { end = now + Int64(seconds * 1e9) }
    }
    return (calls, failures, Double(time.monotonicNanoseconds() - start) / 1e9)
  }

  private static func hasMerged(_ path: String) throws -> Bool {
    try Connection(path: path, mode: .readOnly).integer("SELECT EXISTS (SELECT 1 FROM gap)") == 1
  }

  /// The most memory the process has had resident, in bytes: `VmHWM`.
  static func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return kilobytes * 1024
  }
}

private struct Trouble: Error, CustomStringConvertible {
  let description = "connection reset by peer"
}
