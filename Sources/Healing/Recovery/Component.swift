/// A component of an engine: the handle through which its calls go. Get it once from
/// ``RecoveryEngine/component(_:policy:)`` and keep it; it skips the look-up by name.
public final class Component: Sendable {
  /// Its name.
  public let name: ComponentName
  /// How its calls are protected.
  public var policy: ComponentPolicy { sharedPolicy.policy }
  /// Whether its calls are protected and recorded; if not, it was refused: ``RecoveryEngine/component(_:policy:)``.
  public let isProtected: Bool
  let sharedPolicy: SharedPolicy
  let context: EngineContext
  private let clock: MonotonicClock
  private let ledger: any Ledger
  let state: GuardedState
  /// Number of the component in samples.
  private let slot: UInt32
  /// Calls need more than admission: limits of time.
  @usableFromInline let hasTimeLimits: Bool
  /// The policy has an answer for calls that fail.
  @usableFromInline let hasFallback: Bool

  /// - Parameter state: that of the component so far; `nil`: it is new.
  convenience init(
    name: ComponentName, policy: SharedPolicy, context: EngineContext, state: GuardedState? = nil
  ) {
    let state =
      state
      ?? GuardedState(
        ComponentState(policy: policy.policy, at: context.time.monotonicNanoseconds()),
        slot: ComponentSlot(name), context: context)
    self.init(name: name, policy: policy, isProtected: true, context: context, state: state)
  }

  /// A component that was refused: nothing of a policy is left but how compensations are run.
  convenience init(unprotected name: ComponentName, policy: ComponentPolicy, context: EngineContext) {
    let bare = ComponentPolicy(retry: nil, breaker: nil, rollback: policy.rollback, health: policy.health)
    let state = GuardedState(
      ComponentState(policy: bare, at: context.time.monotonicNanoseconds()), slot: nil, context: context)
    self.init(name: name, policy: SharedPolicy(bare), isProtected: false, context: context, state: state)
  }

  private init(
    name: ComponentName, policy: SharedPolicy, isProtected: Bool, context: EngineContext, state: GuardedState
  ) {
    self.name = name
    self.sharedPolicy = policy
    self.isProtected = isProtected
    self.context = context
    self.clock = MonotonicClock(of: context.time)
    self.ledger = context.ledger
    self.hasTimeLimits = policy.policy.timeouts != .none
    self.hasFallback = policy.policy.fallback != nil
    self.state = state
    self.slot = state.slot?.number ?? 0
  }

  /// Runs an operation under the component's policy.
  ///
  /// On success this costs two clock readings and two short locks. On failure the error is detected, written
  /// down, and recovered from as the policy says: retries, then fallbacks in order.
  /// - Parameters:
  ///   - operation: what the call is named in the ledger.
  ///   - fallbacks: other sources of the value, tried in order when the retries have not helped, or at once when the
  ///     circuit is open.
  ///   - request: who asked, for the ledger.
  ///   - body: the call itself; run again by a retry.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: the operation's own error when nothing helped; ``CircuitOpenError`` or ``BulkheadFullError`` when
  ///   the call was not made; ``OperationTimeoutError`` past a limit of time; `CancellationError` when cancelled.
  @inlinable
  public func execute<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    _ body: () async throws -> Value
  ) async throws -> Value {
    if hasTimeLimits {
      return try await executeWithTimeLimits(operation, fallbacks: fallbacks, request: request, body)
    }
    let start = begin()
    guard start.isAdmitted else {
      if fallbacks.isEmpty && !hasFallback { throw rejection(start).error }
      return try await answerRejected(operation, start, fallbacks: fallbacks, request: request)
    }
    let value: Value
    do {
      value = try await body()
    } catch {
      return try await recover(
        operation, start, error, fallbacks: fallbacks, request: request, deadline: .max, body)
    }
    succeed(start)
    return value
  }

  // MARK: One attempt

  /// An attempt that has begun, or was not let through.
  @usableFromInline
  struct Start: Sendable {
    @usableFromInline let isAdmitted: Bool
    /// Whether it is an attempt beyond the first of its execution, which earns no retry.
    private(set) var isRepetition = false
    let time: Int64
    let permit: CircuitBreaker.Permit
    /// Set when the bulkhead is full.
    let bulkheadLimit: Int
    /// Set when the circuit is open.
    let rejection: CircuitBreaker.Rejection?

    init(_ permit: CircuitBreaker.Permit, at time: Int64) {
      isAdmitted = true
      self.time = time
      self.permit = permit
      bulkheadLimit = 0
      rejection = nil
    }

    init(rejectedBy rejection: CircuitBreaker.Rejection?, bulkheadLimit: Int = 0, at time: Int64) {
      isAdmitted = false
      self.time = time
      permit = CircuitBreaker.Permit(generation: 0, probe: 0)
      self.bulkheadLimit = bulkheadLimit
      self.rejection = rejection
    }

    /// The same as an attempt beyond the first of its execution.
    var asRepetition: Start {
      var start = self
      start.isRepetition = true
      return start
    }
  }

  /// Asks for leave to make an attempt.
  @usableFromInline
  func begin() -> Start {
    let now = clock.now()
    if let permit = state.permit { return Start(permit, at: now) }
    var entries: [LedgerEntry] = []
    let admission = state.withLock { state in
      let admission = state.admit(at: now)
      if case .probing(_, let transition) = admission { entries = record(transition, &state) }
      return admission
    }
    switch admission {
    case .admitted(let permit):
      return Start(permit, at: now)
    case .probing(let permit, _):
      publish(entries)
      return Start(permit, at: now)
    case .circuitOpen(let rejection):
      return Start(rejectedBy: rejection, at: now)
    case .bulkheadFull(let limit):
      return Start(rejectedBy: nil, bulkheadLimit: limit, at: now)
    case .forgotten:
      context.readmit(self)
      return begin()
    }
  }

  /// Makes the component known again where something is done with it that counts.
  func readmitIfForgotten() {
    if state.withLock({ $0.isForgotten }) { context.readmit(self) }
  }

  /// Ends an attempt that the dependency answered.
  @usableFromInline
  func succeed(_ start: Start) {
    let now = clock.now()
    let duration = now &- start.time
    if state.completeQuietly(start.permit, duration: duration, at: now) {
      ledger.record(CallSample(slot: slot, outcome: .success, duration: duration, endedAt: now))
    } else {
      succeedWithCare(start, duration: duration, at: now)
    }
  }

  private func succeedWithCare(_ start: Start, duration: Int64, at now: Int64) {
    let completion = settle { state, _ in
      state.complete(start.permit, .success, earns: !start.isRepetition, duration: duration, at: now)
    }
    record(completion, .success, duration: duration, at: now)
  }

  /// Ends an attempt that the caller gave up.
  func cancel(_ start: Start) {
    let now = clock.now()
    let duration = now &- start.time
    let completion = settle { state, _ in
      state.complete(start.permit, .neutral, earns: !start.isRepetition, duration: duration, at: now)
    }
    record(completion, .cancelled, duration: duration, at: now)
  }

  /// Ends an attempt that failed, and writes the error down.
  func fail(_ start: Start, _ error: ErrorContext) {
    let now = clock.now()
    let duration = now &- start.time
    let isDependency = error.classification.shouldCircuitBreak
    // The error's row comes before the transition that refers to it.
    context.note(.error(error))
    let completion = settle { state, _ in
      state.fail(
        start.permit, isDependency ? .failure : .neutral, earns: !start.isRepetition, duration: duration,
        error: error, at: now)
    }
    record(completion, error.classification.callOutcome, duration: duration, at: now)
  }

  /// Records a call that has ended.
  func record(
    _ completion: CircuitBreaker.Completion, _ outcome: CallOutcome, duration: Int64, at now: Int64
  ) {
    var outcome = outcome
    if case .stale = completion { outcome = .stale }
    ledger.record(CallSample(slot: slot, outcome: outcome, duration: duration, endedAt: now))
  }

  /// Notes a call that was not made.
  func recordRejection(_ start: Start) {
    ledger.record(CallSample(slot: slot, outcome: .rejected, duration: 0, endedAt: start.time))
  }
}
