import CHealingLinux
import Synchronization

/// Successes on their way into a ``HealthWindow``: a few tallies side by side, one a processor, so that threads that call
/// the same component do not wait for one lock. A tally collects for one bucket of the window and is then carried over.
/// A component has none before its first success on the lock-free path.
///
/// `@unchecked Sendable`: the pointer changes once, from nil, under the lock of the component's state; what it points to
/// is reached through locks alone and lives until the end of this value, which no call can outlive.
struct SuccessTallies: ~Copyable, @unchecked Sendable {
  struct Tally: Sendable {
    fileprivate(set) var successes: Int64 = 0
    fileprivate(set) var durationSum: Int64 = 0
    /// End of the window's bucket that it collects for.
    fileprivate(set) var bucketEnd: Int64 = .min
    /// Makes a tally under its lock a cache line, so that two processors do not share one.
    private let padding = InlineArray<4, Int64>(repeating: 0)

    fileprivate mutating func add(duration: Int64) {
      successes &+= 1
      durationSum &+= duration
    }
  }

  private typealias Row = InlineArray<4, Lock<Tally>>
  private static let cacheLine = 64
  private let row = Atomic<UnsafeMutablePointer<Row>?>(nil)

  deinit {
    guard let row = row.load(ordering: .acquiring) else { return }
    row.deinitialize(count: 1)
    UnsafeMutableRawPointer(row).deallocate()
  }

  /// Counts a success, unless its bucket has ended.
  /// - Returns: whether it was counted; if not, it is time to carry over.
  func count(duration: Int64, at now: Int64) -> Bool {
    guard let row = row.load(ordering: .acquiring) else { return false }
    return row.pointee[Self.here].withLock { tally in
      guard now < tally.bucketEnd else { return false }
      tally.add(duration: duration)
      return true
    }
  }

  /// Empties every tally. Called under the lock of the component's state.
  /// - Parameters:
  ///   - bucketEnd: end of the bucket that they collect for from now on.
  ///   - isCounting: whether there is a success to count next, for which the tallies are made when there are none.
  func carryOver(until bucketEnd: Int64, isCounting: Bool, _ take: (Tally) -> Void) {
    if isCounting && row.load(ordering: .relaxed) == nil { row.store(Self.make(), ordering: .releasing) }
    guard let row = row.load(ordering: .relaxed) else { return }
    for index in row.pointee.indices {
      row.pointee[index].withLock { tally in
        if tally.successes > 0 { take(tally) }
        tally = Tally()
        tally.bucketEnd = bucketEnd
      }
    }
  }

  private static func make() -> UnsafeMutablePointer<Row> {
    let row = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<Row>.size, alignment: cacheLine)
      .bindMemory(to: Row.self, capacity: 1)
    row.initialize(to: Row { _ in Lock(Tally()) })
    return row
  }

  private static var here: Int { Int(clinux_processor()) & 3 }
}
