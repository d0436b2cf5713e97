package import Healing
import Synchronization

/// Since when this process has known the present epoch of each component's metrics, on the monotonic clock. The wall clock
/// alone cannot part the calls before a reset from those after it: it may have been set back between the two, and calls
/// may wait for a long time to be written.
package final class EpochMemory: Sendable {
  package struct Mark {
    /// Start of the epoch on the wall clock, which names it.
    package let startedAt: Int64
    /// What ended later is of this epoch.
    package let since: Int64
    /// This process started it, at that very moment: what ended before is of the epoch before.
    package let isOwn: Bool
    /// It is on its way to the ledger.
    package var isPending = false
  }

  /// Marks that are kept. Past it all go that are in the ledger: names may come and go without end.
  private static let limit = 32_768

  private let marks = Lock<[ComponentName: Mark]>([:])

  /// This process starts an epoch.
  package func start(_ component: ComponentName, at wall: Timestamp, monotonic: Int64) {
    let mark = Mark(startedAt: wall.microseconds, since: monotonic, isOwn: true, isPending: true)
    marks.withLock { $0[component] = mark }
  }

  /// An epoch that this process has started is in the ledger.
  package func wrote(_ component: ComponentName, startedAt: Timestamp) {
    marks.withLock { marks in
      if marks[component]?.startedAt == startedAt.microseconds {
        marks[component]?.isPending = false
      }
    }
  }

  /// What is known of the epoch that the ledger says a component is in.
  /// - Parameter monotonic: now. An epoch that another process has started is known from now on; the first that is seen of
  ///   a component was there before this process's calls.
  package func mark(_ component: ComponentName, startedAt: Int64, at monotonic: Int64) -> Mark {
    marks.withLock { marks in
      let known = marks[component]
      if let known, known.startedAt == startedAt { return known }
      let mark = Mark(startedAt: startedAt, since: known == nil ? .min : monotonic, isOwn: false)
      if known?.isPending == true { return mark }
      if known == nil && marks.count >= Self.limit { marks = marks.filter { $0.value.isPending } }
      marks[component] = mark
      return mark
    }
  }
}
