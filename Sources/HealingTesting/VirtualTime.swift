public import Healing
import Synchronization

/// A `TimeSource` for tests: its clocks move only when the test moves them, or when a sleep jumps.
///
/// Two modes:
///
/// - With `jumps: true`, the default, a sleep moves the clocks by its duration and ends. A test of retries needs
///   nothing else. A time limit runs out at once, because waiting for a limit is a sleep.
/// - With `jumps: false`, a sleep lasts until ``advance(by:)`` reaches its end. Use it for time limits and for
///   waits of concurrent tasks: ``waitForSleepers(_:)``, then ``advance(by:)``.
///
/// Pass the same source to the ledger, to the engine and to the monitor.
public final class VirtualTime: TimeSource {
  private struct Sleeper {
    let id: Int
    let deadline: Int64
    let continuation: CheckedContinuation<Void, any Error>
  }
  private struct State {
    var monotonic: Int64 = 1_000_000_000
    var wall: Timestamp
    var sleepers: [Sleeper] = []
    var cancelled: Set<Int> = []
    var next = 0
    var slept: [Duration] = []
    /// Number of sleeps that were queued.
    var begun = 0
  }
  private let state: Lock<State>
  private let jumps: Bool

  /// Creates a source.
  /// - Parameters:
  ///   - wall: the wall-clock time at the start. Default: 2026-01-01T00:00:00Z.
  ///   - jumps: whether a sleep moves the clocks by its duration and ends at once. Default `true`.
  public init(wall: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000), jumps: Bool = true) {
    state = Lock(State(wall: wall))
    self.jumps = jumps
  }

  /// The durations of all sleeps so far, in order: of retries, their delays.
  public var slept: [Duration] { state.withLock { $0.slept } }

  /// Returns nanoseconds, 1,000,000,000 at the start.
  public func monotonicNanoseconds() -> Int64 { state.withLock { $0.monotonic } }

  /// Returns the wall-clock time.
  public func wallClock() -> Timestamp { state.withLock { $0.wall } }

  /// Moves both clocks, and wakes the sleepers whose end is reached, in the order of their ends. Every sleeper
  /// wakes at the new time, also one whose end has passed.
  /// - Parameter duration: 0 or more; a negative duration counts as 0.
  public func advance(by duration: Duration) {
    let duration = max(.zero, duration)
    let woken = state.withLock { state in
      state.monotonic.addClamped(duration.nanoseconds)
      state.wall = state.wall + duration
      let now = state.monotonic
      let woken = state.sleepers.filter { $0.deadline <= now }
      state.sleepers.removeAll { $0.deadline <= now }
      return woken.sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// Sets the wall clock forward or back. The monotonic clock and sleepers are unaffected.
  public func jumpWall(by duration: Duration) {
    state.withLock { $0.wall = $0.wall + duration }
  }

  /// Returns when at least `count` tasks sleep, or when the calling task is cancelled. A sleep of a source with
  /// `jumps: true` has no sleeper.
  public func waitForSleepers(_ count: Int = 1) async {
    await wait { $0.sleepers.count >= count }
  }

  /// Returns when at least `count` sleeps have begun in all, ended ones included, or when the calling task is
  /// cancelled. Counts no sleep of a source with `jumps: true`.
  public func waitForSleeps(_ count: Int) async {
    await wait { $0.begun >= count }
  }

  /// Polls every millisecond: a task that only yields takes the processor from the tasks it waits for.
  private func wait(until isMet: (State) -> Bool) async {
    while !state.withLock({ isMet($0) }) {
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
    }
  }

  /// Sleeps until the clocks have moved by a duration.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    if jumps {
      state.withLock { $0.slept.append(duration) }
      advance(by: duration)
      await Task.yield()
      return
    }
    let id = state.withLock { state in
      state.slept.append(duration)
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = state.withLock { state in
          if state.cancelled.remove(id) != nil { return true }
          let deadline = state.monotonic.addingClamped(duration.nanoseconds)
          state.begun += 1
          state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: index)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}
