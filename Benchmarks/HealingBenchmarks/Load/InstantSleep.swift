import Healing

/// The machine's clocks, but nobody waits: retries at their full speed.
struct InstantSleep: TimeSource {
  private let system = SystemTimeSource()

  func monotonicNanoseconds() -> Int64 { system.monotonicNanoseconds() }
  func wallClock() -> Timestamp { system.wallClock() }
  func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
}
