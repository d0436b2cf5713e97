package import Healing
import Synchronization

/// The monotonic time since which this process has known the current epoch of each component's metrics. The
/// wall clock alone cannot separate the calls before a reset from those after it: it may have been set back in
/// between, and calls may wait long to be written.
package final class EpochMemory: Sendable {
  package struct Mark {
    /// Start of the epoch on the wall clock in microseconds UTC, which identifies it.
    package let startedAt: Int64
    /// Calls that ended at or after this time belong to this epoch.
    package let since: Int64
    /// Whether this process started the epoch at that moment: calls that ended before belong to the previous
    /// epoch.
    package let isOwn: Bool
    /// Whether the epoch has yet to be written to the ledger.
    package var isPending = false
  }

  /// Maximum number of marks. Past it all written marks are dropped, because the number of names is unlimited.
  private static let limit = 32_768

  private let marks = Lock<[ComponentName: Mark]>([:])

  package init() {}

  /// Records that this process starts an epoch.
  package func start(_ component: ComponentName, at wall: Timestamp, monotonic: Int64) {
    let mark = Mark(startedAt: wall.microseconds, since: monotonic, isOwn: true, isPending: true)
    marks.withLock { $0[component] = mark }
  }

  /// Records that an epoch of this process is in the ledger.
  package func wrote(_ component: ComponentName, startedAt: Timestamp) {
    marks.withLock { marks in
      if marks[component]?.startedAt == startedAt.microseconds {
        marks[component]?.isPending = false
      }
    }
  }

  /// Returns the mark for the epoch that the ledger has for a component.
  /// - Parameter monotonic: current time. It is the start of an epoch that another process started. The first
  ///   epoch seen of a component was there before this process's calls.
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
