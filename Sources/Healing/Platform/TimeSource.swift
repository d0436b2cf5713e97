/// The clocks and the sleep of the runtime, injected everywhere so that tests run on virtual time.
///
/// Not `Clock`, for two reasons: reading `ContinuousClock` and converting the reading to nanoseconds costs three
/// times the system call under it, and every call reads the time twice. One injected value must also provide both
/// clocks and the sleep consistently.
public protocol TimeSource: Sendable {
  /// Returns nanoseconds of a monotonic clock, from an arbitrary start. The clock counts the time in which the
  /// machine is suspended, as ``wallClock()`` and ``sleep(for:)`` do. For intervals within the process only.
  func monotonicNanoseconds() -> Int64
  /// Returns the wall-clock time, which can jump. The ledger stores it.
  func wallClock() -> Timestamp
  /// Sleeps for a duration. Throws `CancellationError` when the task is cancelled meanwhile.
  func sleep(for duration: Duration) async throws
}
