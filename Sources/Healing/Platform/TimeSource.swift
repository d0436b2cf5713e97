/// Where the runtime reads the time and waits. Injected everywhere, so that tests run on virtual time.
///
/// Why not `Clock`: the per-call path reads the time twice, and reading `ContinuousClock` and turning
/// it into nanoseconds costs three times the system call under it; and one injected value has to give
/// both clocks and the waiting consistently.
public protocol TimeSource: Sendable {
  /// Nanoseconds on a clock that never goes back, from an arbitrary start. It counts the time in which the machine is
  /// suspended, as ``wallClock()`` and ``sleep(for:)`` do. In-process intervals only.
  func monotonicNanoseconds() -> Int64
  /// The time of day, which can jump. What the ledger stores.
  func wallClock() -> Timestamp
  /// Waits. Throws `CancellationError` when the task is cancelled meanwhile.
  func sleep(for duration: Duration) async throws
}
