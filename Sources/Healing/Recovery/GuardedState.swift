import Synchronization

/// A component's state under its lock, and beside it what calls need while all is well, without that lock: leave to go,
/// and a place to count a success.
///
/// All handles of a component share it, whatever their policies.
final class GuardedState: Sendable {
  /// The component's number in samples; `nil` when it is not the ledger's.
  let slot: ComponentSlot?
  private let context: EngineContext
  private let state: Lock<ComponentState>
  private let successes = SuccessTallies()
  // As of the last unlocking. A reader that is late by a moment is a call that began or ended a moment earlier: its
  // permit is of that generation, and its result is stale if that is over.
  private let freeGeneration: Atomic<UInt64>
  private let quietGeneration: Atomic<UInt64>
  private let presentPolicy: Lock<SharedPolicy>
  private let presentTraits: Atomic<UInt8>

  /// What calls must know of the policy before it is read.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    /// It has time limits or a judge.
    static let needsMoreThanSuccess = Traits(rawValue: 1)
    /// It has fallbacks.
    static let hasFallback = Traits(rawValue: 2)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ policy: ComponentPolicy) {
      self = []
      if policy.timeouts != .none || policy.judge != nil { insert(.needsMoreThanSuccess) }
      if policy.fallback != nil { insert(.hasFallback) }
    }
  }

  init(
    _ state: sending ComponentState, policy: SharedPolicy, slot: ComponentSlot?, context: EngineContext
  ) {
    presentPolicy = Lock(policy)
    presentTraits = Atomic(Traits(policy.policy).rawValue)
    self.slot = slot
    self.context = context
    var state = state
    let (free, quiet) = state.passingGenerations()
    freeGeneration = Atomic(free)
    quietGeneration = Atomic(quiet)
    self.state = Lock(state)
  }

  deinit { if let slot { context.unregister(slot.name) } }

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

  // MARK: Policy

  /// The policy in force.
  var policy: SharedPolicy { presentPolicy.withLock { $0 } }
  /// What calls must know of it at once.
  var traits: Traits { Traits(rawValue: presentTraits.load(ordering: .relaxed)) }

  // MARK: Rejected calls

  /// Prepares to record a rejected call.
  /// - Returns: the number of its operation in samples, and whether it is a row.
  func logRejection(_ operation: String, at now: Int64) -> RejectionLog.Entry {
    guard let slot else { return .none }
    return state.withLock { $0.rejections.log(operation, slot: slot.number, at: now) }
  }

  /// The number of a rejected call's operation in samples.
  func rejectedOperation(_ operation: String) -> UInt16 {
    guard let slot else { return 0 }
    return state.withLock { $0.rejections.number(of: operation, slot: slot.number) }
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
    state.withLock { carryOver(into: &$0.window, at: now, isCounting: true) }
    return successes.count(duration: duration, at: now)
  }

  /// Goes on under another policy: ``ComponentState/change(to:wall:at:noteReset:)``.
  func change(
    to shared: SharedPolicy, wall: Timestamp, at now: Int64,
    noteReset: (inout ComponentState, CircuitTransition?) -> Void
  ) {
    presentPolicy.withLock { $0 = shared }
    presentTraits.store(Traits(shared.policy).rawValue, ordering: .relaxed)
    withLock { state in
      carryOver(into: &state.window, at: now)
      defer { carryOver(into: &state.window, at: now) }
      state.change(to: shared.policy, wall: wall, at: now, noteReset: noteReset)
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

  /// Brings the successes counted beside the lock into the window. Before a failure: they came first.
  func carryOver(into window: inout HealthWindow, beforeFailureAt now: Int64) {
    carryOver(into: &window, at: now)
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
  /// - Parameter isCounting: whether a success is to be counted next.
  private func carryOver(into window: inout HealthWindow, at now: Int64, isCounting: Bool = false) {
    window.moveOn(to: now)
    successes.carryOver(until: window.bucketEnd, isCounting: isCounting) { window.add($0) }
  }

  // MARK: Forgetting

  /// Forgets all that has been counted, until ``revive()``. Calls go by the lock meanwhile.
  func forget(at now: Int64) {
    withLock { state in
      carryOver(into: &state.window, at: now)
      state.forget(at: now)
      carryOver(into: &state.window, at: now)
    }
  }

  /// Begins anew after ``forget(at:)``.
  /// - Returns: whether it had been forgotten.
  func revive() -> Bool {
    withLock { state in
      defer { state.isForgotten = false }
      return state.isForgotten
    }
  }
}
