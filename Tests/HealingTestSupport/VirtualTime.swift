package import Healing
import Synchronization

/// Time that only moves when a test says so, or that jumps to whatever is slept for.
package final class VirtualTime: TimeSource {
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
    /// Sleeps that have started.
    var begun = 0
  }
  private let state: Lock<State>
  private let jumps: Bool

  /// - Parameters:
  ///   - wall: the time of day at the start.
  ///   - jumps: whether a sleep ends at once and moves the time to its end.
  package init(
    wall: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000), jumps: Bool = true
  ) {
    state = Lock(State(wall: wall))
    self.jumps = jumps
  }

  /// Every duration slept for, in order.
  package var slept: [Duration] { state.withLock { $0.slept } }

  package func monotonicNanoseconds() -> Int64 { state.withLock { $0.monotonic } }

  package func wallClock() -> Timestamp { state.withLock { $0.wall } }

  /// Moves both clocks and wakes who has slept enough.
  package func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.monotonic += Int64(duration / .nanoseconds(1))
      state.wall = state.wall + duration
      let now = state.monotonic
      let woken = state.sleepers.filter { $0.deadline <= now }
      state.sleepers.removeAll { $0.deadline <= now }
      return woken
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// Sets the time of day forward or back; intervals do not notice.
  package func jumpWall(by duration: Duration) {
    state.withLock { $0.wall = $0.wall + duration }
  }

  /// Returns when this many tasks sleep.
  package func waitForSleepers(_ count: Int = 1) async {
    while state.withLock({ $0.sleepers.count }) < count { await pause() }
  }

  /// Returns when this many sleeps have started in total, including ended ones.
  package func waitForSleeps(_ count: Int) async {
    while state.withLock({ $0.begun }) < count { await pause() }
  }

  package func sleep(for duration: Duration) async throws {
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
          let deadline = state.monotonic + Int64(duration / .nanoseconds(1))
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
