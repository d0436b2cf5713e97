/// The system clocks `CLOCK_BOOTTIME` and `CLOCK_REALTIME`. Both count the time in which the machine is suspended,
/// so a wait ends at the wall-clock time for which it was computed.
public struct SystemTimeSource: TimeSource {
  /// Makes a source of the system clocks.
  public init() {}

  /// Returns nanoseconds of `CLOCK_BOOTTIME`, read without a system call (Linux 5.3 and later).
  public func monotonicNanoseconds() -> Int64 { CLibrary.monotonicNanoseconds() }

  /// Returns the time of `CLOCK_REALTIME`, in microseconds.
  public func wallClock() -> Timestamp { Timestamp(microseconds: CLibrary.wallMicroseconds()) }

  /// Sleeps on the continuous clock, which is `CLOCK_BOOTTIME`.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }
}
