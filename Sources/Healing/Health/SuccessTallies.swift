import CLinux
import Synchronization

/// Successes on their way into a ``HealthWindow``: a few tallies side by side, one a processor, so that threads that call
/// the same component do not wait for one lock. A tally collects for one bucket of the window and is then carried over.
struct SuccessTallies: ~Copyable, Sendable {
  struct Tally: Sendable {
    fileprivate(set) var successes: Int64 = 0
    fileprivate(set) var durationSum: Int64 = 0
    /// End of the window's bucket that it collects for.
    fileprivate(set) var bucketEnd: Int64 = .min
    /// Keeps the tallies of two processors out of each other's cache lines.
    private let padding = InlineArray<12, Int64>(repeating: 0)

    fileprivate mutating func add(duration: Int64) {
      successes &+= 1
      durationSum &+= duration
    }
  }

  private let tallies = InlineArray<4, Lock<Tally>> { _ in Lock(Tally()) }

  /// Counts a success, unless its bucket has ended.
  /// - Returns: whether it was counted; if not, it is time to carry over.
  func count(duration: Int64, at now: Int64) -> Bool {
    tallies[Self.here].withLock { tally in
      guard now < tally.bucketEnd else { return false }
      tally.add(duration: duration)
      return true
    }
  }

  /// Empties every tally.
  /// - Parameter bucketEnd: end of the bucket that they collect for from now on.
  func carryOver(until bucketEnd: Int64, _ take: (Tally) -> Void) {
    for index in tallies.indices {
      tallies[index].withLock { tally in
        if tally.successes > 0 { take(tally) }
        tally = Tally()
        tally.bucketEnd = bucketEnd
      }
    }
  }

  private static var here: Int { Int(clinux_processor()) & 3 }
}
