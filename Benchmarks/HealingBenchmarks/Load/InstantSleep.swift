import Healing

/// The machine's clocks with sleeps that return at once: retries at full speed.
struct InstantSleep: TimeSource {
  private let system = SystemTimeSource()

  func monotonicNanoseconds() -> Int64 { system.monotonicNanoseconds() }
  func wallClock() -> Timestamp { system.wallClock() }
  func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
}
