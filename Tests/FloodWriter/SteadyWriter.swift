import CHealingSyncCounter
import FloodReport
import Foundation
import Healing
import HealingSQLite

/// Makes 1,000 calls a second on 20 components with the default options, of which one in so many fails once and is
/// retried.
enum SteadyWriter {
  private static let callsPerSecond = 1_000.0
  private static let componentCount = 20
  /// Pause between two bursts of calls, in microseconds. Waking at each millisecond would cost more than the calls.
  private static let pause: UInt32 = 10_000

  static func run(_ path: String, seconds: Double, callsPerFailure: Int) async throws -> FloodReport {
    let ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "steady-writer"))
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: RetryOptions(initialDelay: .milliseconds(50)), breaker: .standard))
    let components = (0..<componentCount).map { engine.component(ComponentName("component-\($0)")) }
    var failures = 0
    let before = Usage()
    var steady = before
    let calls = try await withThrowingTaskGroup(of: Void.self) { group in
      try await burst(seconds: seconds) { call in
        // Registering the components is over after a second.
        if call == Int(callsPerSecond) { steady = Usage() }
        guard call.isMultiple(of: callsPerFailure) else {
          return try await components[call % componentCount].execute("call") {}
        }
        failures += 1
        let component = components[failures % componentCount]
        group.addTask {
          var isFirst = true
          try await component.execute("call") {
            defer { isFirst = false }
            if isFirst { throw POSIXError(.ECONNREFUSED) }
          }
        }
      }
    }
    let end = Usage()
    let used = end.since(before)
    let peakMemory = try FloodWriter.peakMemory()
    try await ledger.close()
    var report = FloodReport(calls: calls, failures: failures, seconds: used.seconds)
    report.peakMemory = peakMemory
    report.processorSeconds = used.processor
    report.writerSeconds = used.writer
    let afterStart = end.since(steady)
    report.synchronisationsPerSecond = Double(afterStart.synchronisations) / afterStart.seconds
    return report
  }

  /// The same calls without an engine: what making them costs.
  static func runBare(seconds: Double) async throws -> FloodReport {
    let body = { @Sendable () async throws -> Void in }
    let before = Usage()
    let calls = try await burst(seconds: seconds) { _ in try await body() }
    let used = Usage().since(before)
    var report = FloodReport(calls: calls, failures: 0, seconds: used.seconds)
    report.peakMemory = try FloodWriter.peakMemory()
    report.processorSeconds = used.processor
    return report
  }

  /// Makes calls at the rate, in bursts.
  /// - Returns: number of calls.
  private static func burst(seconds: Double, _ call: (Int) async throws -> Void) async rethrows -> Int {
    let time = SystemTimeSource()
    let start = time.monotonicNanoseconds()
    var calls = 0
    while true {
      let elapsed = Double(time.monotonicNanoseconds() - start) / 1e9
      if elapsed >= seconds { return calls }
      while calls < Int(elapsed * callsPerSecond) {
        calls += 1
        try await call(calls)
      }
      // A thread's sleep: a task's also wakes the threads of the runtime.
      usleep(pause)
    }
  }
}

/// What the process has used.
private struct Usage {
  var seconds: Double
  /// Processor time in seconds.
  var processor: Double
  /// Of it, that of the ledger's writer.
  var writer: Double
  var synchronisations: Int

  init() {
    seconds = Double(SystemTimeSource().monotonicNanoseconds()) / 1e9
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    processor = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    writer = Self.writerSeconds
    synchronisations = sync_counter_value()
  }

  func since(_ before: Usage) -> Usage {
    var used = self
    used.seconds -= before.seconds
    used.processor -= before.processor
    used.writer -= before.writer
    used.synchronisations -= before.synchronisations
    return used
  }

  /// Processor time of the writer's thread, which is known by its name.
  private static var writerSeconds: Double {
    let tasks = "/proc/self/task"
    for task in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] {
      let name = try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
      guard name?.hasPrefix("healing-writer") ?? false,
        let times = try? String(contentsOfFile: "\(tasks)/\(task)/schedstat", encoding: .utf8)
      else { continue }
      return (times.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
    }
    return 0
  }
}
