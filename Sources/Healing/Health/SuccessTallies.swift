import CHealingLinux
import Synchronization

/// Lock-free-path successes that are not yet in a ``HealthWindow``: four tallies, chosen by processor, so that
/// threads that call the same component rarely contend for one lock. A tally counts for one bucket of the window
/// and is then merged into it. A component gets its tallies at its first success on the lock-free path.
///
/// `@unchecked Sendable`: the pointer changes once, from nil, under the lock of the component's state. Its
/// target is accessed only through locks and lives as long as this value, which outlives every call.
struct SuccessTallies: ~Copyable, @unchecked Sendable {
  struct Tally: Sendable {
    fileprivate(set) var successes: Int64 = 0
    fileprivate(set) var durationSumNanoseconds: Int64 = 0
    /// End of the window's bucket that the tally counts for.
    fileprivate(set) var bucketEnd: Int64 = .min
    /// Pads a tally and its lock to a cache line, so that two tallies do not share one.
    private let padding = InlineArray<4, Int64>(repeating: 0)

    fileprivate mutating func add(duration: Int64) {
      successes &+= 1
      durationSumNanoseconds &+= duration
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
  /// - Returns: `false` when the tallies must be merged into the window first.
  func count(duration: Int64, at now: Int64) -> Bool {
    guard let row = row.load(ordering: .acquiring) else { return false }
    return row.pointee[Self.here].withLock { tally in
      guard now < tally.bucketEnd else { return false }
      tally.add(duration: duration)
      return true
    }
  }

  /// Passes every tally to `take` and resets it. Called under the lock of the component's state.
  /// - Parameters:
  ///   - bucketEnd: end of the bucket that the tallies count for from now on.
  ///   - isCounting: whether a success is counted next; creates the tallies if there are none yet.
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
