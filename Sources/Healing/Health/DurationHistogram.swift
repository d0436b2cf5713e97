/// Counts of attempts in six duration classes, a decade apart.
public struct DurationHistogram: Sendable, Hashable {
  /// Attempts up to 1 ms.
  public var upTo1ms: Int64 = 0
  /// Attempts over 1 ms, up to 10 ms.
  public var upTo10ms: Int64 = 0
  /// Attempts over 10 ms, up to 100 ms.
  public var upTo100ms: Int64 = 0
  /// Attempts over 100 ms, up to 1 s.
  public var upTo1s: Int64 = 0
  /// Attempts over 1 s, up to 10 s.
  public var upTo10s: Int64 = 0
  /// Attempts over 10 s.
  public var over10s: Int64 = 0

  /// Creates counts of zero.
  public init() {}

  /// Counts one attempt.
  public mutating func add(microseconds: Int64) {
    switch microseconds {
    case ...1_000: upTo1ms.addClamped(1)
    case ...10_000: upTo10ms.addClamped(1)
    case ...100_000: upTo100ms.addClamped(1)
    case ...1_000_000: upTo1s.addClamped(1)
    case ...10_000_000: upTo10s.addClamped(1)
    default: over10s.addClamped(1)
    }
  }

  /// Adds the counts of another histogram.
  public mutating func add(_ other: DurationHistogram) {
    upTo1ms.addClamped(other.upTo1ms)
    upTo10ms.addClamped(other.upTo10ms)
    upTo100ms.addClamped(other.upTo100ms)
    upTo1s.addClamped(other.upTo1s)
    upTo10s.addClamped(other.upTo10s)
    over10s.addClamped(other.over10s)
  }

  /// The six counts, shortest first.
  public var counts: [Int64] { [upTo1ms, upTo10ms, upTo100ms, upTo1s, upTo10s, over10s] }

  /// Creates a histogram from six counts, shortest first; `nil` for another number of counts.
  public init?(counts: [Int64]) {
    guard counts.count == 6 else { return nil }
    (upTo1ms, upTo10ms, upTo100ms) = (counts[0], counts[1], counts[2])
    (upTo1s, upTo10s, over10s) = (counts[3], counts[4], counts[5])
  }
}
