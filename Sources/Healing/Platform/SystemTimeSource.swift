import Glibc

/// The machine's clocks: `CLOCK_BOOTTIME` and `CLOCK_REALTIME`. Both count the time in which the machine is suspended, so
/// that a wait in progress is over when the time of day says so.
public struct SystemTimeSource: TimeSource {
  /// There is one machine, so there is nothing to configure.
  public init() {}

  /// Nanoseconds of `CLOCK_BOOTTIME`, read without a system call (Linux 5.3 and later).
  public func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// Microseconds of `CLOCK_REALTIME`.
  public func wallClock() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
  }

  /// `Task.sleep` on the continuous clock, which is `CLOCK_BOOTTIME`, too.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }
}
