import Synchronization

/// A component's state under its lock, and beside it what calls need while all is well, without that lock: leave to go,
/// and a place to count a success.
///
/// All handles of a component share it, whatever their policies.
final class GuardedState: Sendable {
  private let state: Lock<ComponentState>
  private let successes = SuccessTallies()
  // As of the last unlocking. A reader that is late by a moment is a call that began or ended a moment earlier: its
  // permit is of that generation, and its result is stale if that is over.
  private let freeGeneration: Atomic<UInt64>
  private let quietGeneration: Atomic<UInt64>

  init(_ state: sending ComponentState) {
    var state = state
    let (free, quiet) = state.passingGenerations()
    freeGeneration = Atomic(free)
    quietGeneration = Atomic(quiet)
    self.state = Lock(state)
  }

  /// Runs `body` under the lock.
  func withLock<Result, Failure: Error>(
    _ body: (inout sending ComponentState) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try state.withLock { state throws(Failure) in
      defer {
        let (free, quiet) = state.passingGenerations()
        freeGeneration.store(free, ordering: .releasing)
        quietGeneration.store(quiet, ordering: .releasing)
      }
      return try body(&state)
    }
  }

  // MARK: Without the lock

  /// A permit; `nil` when more than counting stands between a call and the dependency.
  var permit: CircuitBreaker.Permit? {
    let generation = freeGeneration.load(ordering: .acquiring)
    return generation == 0 ? nil : CircuitBreaker.Permit(generation: generation, probe: 0)
  }

  /// Hands back the permit of a success where that changes nothing but the counts of health.
  /// - Returns: whether it did; if not, it is for ``ComponentState/complete(_:_:duration:errorID:at:)``.
  func completeQuietly(_ permit: CircuitBreaker.Permit, duration: Int64, at now: Int64) -> Bool {
    guard quietGeneration.load(ordering: .acquiring) == permit.generation else { return false }
    if successes.count(duration: duration, at: now) { return true }
    // Once a bucket of the window, which is some seconds.
    state.withLock { carryOver(into: &$0.window, at: now) }
    return successes.count(duration: duration, at: now)
  }

  /// Goes on under another policy: ``ComponentState/change(to:of:wall:at:)``.
  func change(
    to policy: ComponentPolicy, of component: ComponentName, wall: Timestamp, at now: Int64
  ) -> ComponentState.BreakerReset? {
    withLock { state in
      carryOver(into: &state.window, at: now)
      defer { carryOver(into: &state.window, at: now) }
      return state.change(to: policy, of: component, wall: wall, at: now)
    }
  }

  // MARK: The health window

  /// The sums of the window at `now`, successes counted beside the lock included.
  func windowSummary(at now: Int64) -> HealthWindow.Summary {
    state.withLock { state in
      carryOver(into: &state.window, at: now)
      return state.window.summary(at: now)
    }
  }

  /// Empties the window.
  func clearWindow(at now: Int64) {
    state.withLock { state in
      carryOver(into: &state.window, at: now)
      state.window.clear(at: now)
      carryOver(into: &state.window, at: now)
    }
  }

  /// Brings the successes counted beside the lock into the window. The tallies then collect for its present bucket.
  private func carryOver(into window: inout HealthWindow, at now: Int64) {
    window.moveOn(to: now)
    successes.carryOver(until: window.bucketEnd) { window.add($0) }
  }
}
