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

/// The monotonic clock of a time source. It calls the system clock directly, because dispatch through the protocol
/// costs a tenth of a reading, twice per call.
struct MonotonicClock: Sendable {
  private let source: any TimeSource
  private let isSystem: Bool

  init(of source: any TimeSource) {
    self.source = source
    isSystem = source is SystemTimeSource
  }

  /// Returns the time in nanoseconds.
  func now() -> Int64 {
    isSystem ? SystemTimeSource().monotonicNanoseconds() : source.monotonicNanoseconds()
  }
}
