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
