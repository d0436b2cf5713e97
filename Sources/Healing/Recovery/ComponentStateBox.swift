import Synchronization

/// A component's locked state, plus the lock-free mirrors of the fast path: the current permit generations and
/// per-processor success counters.
///
/// All handles of a component share it, whatever their policies.
final class ComponentStateBox: Sendable {
  /// The component's number in samples; `nil` for a refused component.
  let slot: ComponentSlot?
  private let context: EngineContext
  private let state: Lock<ComponentState>
  private let successes = SuccessTallies()
  // Published at each unlock. A stale read is equivalent to a call that began or ended a moment earlier: its
  // permit has that generation, and its result is stale once that generation has ended.
  private let admitGeneration: Atomic<UInt64>
  private let completeGeneration: Atomic<UInt64>
  private let presentPolicy: Lock<SharedPolicy>
  private let presentTraits: Atomic<UInt8>

  /// The policy's properties that a call needs before it reads the policy.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    /// The policy has time limits or a judge, or the engine has an observer.
    static let needsMoreThanSuccess = Traits(rawValue: 1)
    /// The policy has fallbacks.
    static let hasFallback = Traits(rawValue: 2)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ policy: ComponentPolicy, in context: EngineContext) {
      self = []
      if policy.timeouts != .none || policy.judge != nil || context.observer != nil {
        insert(.needsMoreThanSuccess)
      }
      if policy.fallback != nil { insert(.hasFallback) }
    }
  }

  init(
    _ state: sending ComponentState, policy: SharedPolicy, slot: ComponentSlot?, context: EngineContext
  ) {
    presentPolicy = Lock(policy)
    presentTraits = Atomic(Traits(policy.policy, in: context).rawValue)
    self.slot = slot
    self.context = context
    var state = state
    let (free, quiet) = state.fastPathGenerations()
    admitGeneration = Atomic(free)
    completeGeneration = Atomic(quiet)
    self.state = Lock(state)
  }

  deinit { if let slot { context.unregister(slot.name) } }

  /// Runs `body` under the lock, and republishes the fast-path atomics.
  func withLock<Result, Failure: Error>(
    _ body: (inout sending ComponentState) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try state.withLock { state throws(Failure) in
      defer {
        let (free, quiet) = state.fastPathGenerations()
        admitGeneration.store(free, ordering: .releasing)
        completeGeneration.store(quiet, ordering: .releasing)
      }
      return try body(&state)
    }
  }

  // MARK: Policy

  /// The policy in force.
  var policy: SharedPolicy { presentPolicy.withLock { $0 } }
  /// The policy's traits, readable without a lock.
  var traits: Traits { Traits(rawValue: presentTraits.load(ordering: .relaxed)) }

  // MARK: Rejected calls

  /// Prepares the record of a rejected call.
  /// - Returns: the number of its operation in samples, and whether it gets a row.
  func logRejection(_ operation: String, at now: Int64) -> RejectionLog.Entry {
    guard let slot else { return .none }
    return state.withLock { $0.rejections.log(operation, slot: slot.number, at: now) }
  }

  /// Returns the number of a rejected call's operation in samples.
  func rejectedOperation(_ operation: String) -> UInt16 {
    guard let slot else { return 0 }
    return state.withLock { $0.rejections.number(of: operation, slot: slot.number) }
  }

  // MARK: Lock-free path

  /// A permit; `nil` when the call must request admission under the lock.
  var permit: CircuitBreaker.Permit? {
    let generation = admitGeneration.load(ordering: .acquiring)
    return generation == 0 ? nil : CircuitBreaker.Permit(generation: generation, probe: 0)
  }

  /// Completes a success that changes only health counts, without the lock.
  /// - Returns: whether the success was counted. If not, call
  ///   ``ComponentState/complete(_:_:trips:earns:duration:errorID:at:)``.
  func tryCompleteFast(_ permit: CircuitBreaker.Permit, duration: Int64, at now: Int64) -> Bool {
    guard completeGeneration.load(ordering: .acquiring) == permit.generation else { return false }
    if successes.count(duration: duration, at: now) { return true }
    // Once per bucket of the window, every few seconds.
    state.withLock { carryOver(into: &$0.window, at: now, isCounting: true) }
    return successes.count(duration: duration, at: now)
  }

  /// Applies another policy: ``ComponentState/change(to:wall:at:recordReset:)``.
  func change(
    to shared: SharedPolicy, wall: Timestamp, at now: Int64,
    recordReset: (inout ComponentState, CircuitTransition?) -> Void
  ) {
    presentPolicy.withLock { $0 = shared }
    presentTraits.store(Traits(shared.policy, in: context).rawValue, ordering: .relaxed)
    withLock { state in
      carryOver(into: &state.window, at: now)
      defer { carryOver(into: &state.window, at: now) }
      state.change(to: shared.policy, wall: wall, at: now, recordReset: recordReset)
    }
  }

  // MARK: The health window

  /// Returns the sums of the window at `now`, including successes of the lock-free path.
  func windowSummary(at now: Int64) -> HealthWindow.Summary {
    state.withLock { state in
      carryOver(into: &state.window, at: now)
      return state.window.summary(at: now)
    }
  }

  /// Merges the successes of the lock-free path into the window. Called before a failure is counted, because
  /// they came first.
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

  /// Merges the successes of the lock-free path into the window. The tallies then collect for the window's
  /// current bucket.
  /// - Parameter isCounting: whether a success is counted next.
  private func carryOver(into window: inout HealthWindow, at now: Int64, isCounting: Bool = false) {
    window.advance(to: now)
    successes.carryOver(until: window.bucketEnd, isCounting: isCounting) { window.add($0) }
  }

  // MARK: Forgetting

  /// Clears all counts until ``revive()``. Calls take the lock meanwhile.
  func forget(at now: Int64) {
    withLock { state in
      carryOver(into: &state.window, at: now)
      state.forget(at: now)
      carryOver(into: &state.window, at: now)
    }
  }

  /// Makes the component known again after ``forget(at:)``.
  /// - Returns: whether the component had been forgotten.
  func revive() -> Bool {
    withLock { state in
      defer { state.isForgotten = false }
      return state.isForgotten
    }
  }
}
