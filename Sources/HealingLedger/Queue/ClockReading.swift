package import Healing

/// Both clocks at one moment, for converting monotonic times to wall-clock times.
package struct ClockReading {
  package let wall: Timestamp
  package let monotonic: Int64

  /// Reads both clocks. Repeats up to 8 times when reading took 0.1 ms or more: the thread was suspended
  /// between the readings, and every converted time would be wrong by that much.
  package init(_ time: any TimeSource) {
    var tries = 0
    while true {
      let before = time.monotonicNanoseconds()
      let wall = time.wallClock()
      let after = time.monotonicNanoseconds()
      tries += 1
      if after - before < 100_000 || tries == 8 {
        (self.wall, monotonic) = (wall, after)
        return
      }
    }
  }

  /// The time of day, in microseconds, of a moment on the monotonic clock.
  package func wall(at monotonic: Int64) -> Int64 {
    wall.microseconds &- (self.monotonic &- monotonic) / 1000
  }
}
