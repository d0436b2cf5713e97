import Synchronization

/// Holds tasks until all of them have come, so that they really run side by side.
final class StartingLine: Sendable {
  private let missing: Atomic<Int>

  init(runners: Int) { missing = Atomic(runners) }

  /// Spins instead of suspending: the thread that is resumed later would run alone.
  func wait() async {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    var spins = 0
    while missing.load(ordering: .acquiring) > 0 {
      spins += 1
      // Should there be one thread for all, the other must get its turn.
      if spins.isMultiple(of: 100_000) { await Task.yield() }
    }
  }
}
