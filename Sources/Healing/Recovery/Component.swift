/// A component of an engine: the handle through which its calls go. Get it once from ``RecoveryEngine/component(_:)`` and
/// keep it; it skips the look-up by name.
public final class Component: Sendable {
  /// Its name.
  public let name: ComponentName
  /// How its calls are protected: the policy in force. An execution keeps the policy with which it began.
  public var policy: ComponentPolicy { sharedPolicy.policy }
  /// Whether its calls are protected and recorded; if not, it was refused: ``RecoveryEngine/component(_:)``.
  public let isProtected: Bool
  var sharedPolicy: SharedPolicy { state.policy }
  let context: EngineContext
  private let clock: MonotonicClock
  private let ledger: any Ledger
  let state: GuardedState
  /// Number of the component in samples.
  private let slot: UInt32

  /// - Parameter state: that of the component so far; `nil`: it is new.
  convenience init(
    name: ComponentName, policy: SharedPolicy, context: EngineContext, state: GuardedState? = nil
  ) {
    let state =
      state
      ?? GuardedState(
        ComponentState(policy: policy.policy, at: context.time.monotonicNanoseconds()), policy: policy,
        slot: ComponentSlot(name), context: context)
    self.init(name: name, isProtected: true, context: context, state: state)
  }

  /// A component that was refused: nothing of a policy is left but how compensations are run.
  convenience init(unprotected name: ComponentName, policy: ComponentPolicy, context: EngineContext) {
    let bare = ComponentPolicy(retry: nil, breaker: nil, rollback: policy.rollback, health: policy.health)
    let state = GuardedState(
      ComponentState(policy: bare, at: context.time.monotonicNanoseconds()),
      policy: SharedPolicy(bare, .default),
      slot: nil, context: context)
    self.init(name: name, isProtected: false, context: context, state: state)
  }

  private init(name: ComponentName, isProtected: Bool, context: EngineContext, state: GuardedState) {
    self.name = name
    self.isProtected = isProtected
    self.context = context
    self.clock = MonotonicClock(of: context.time)
    self.ledger = context.ledger
    self.state = state
    self.slot = state.slot?.number ?? 0
  }

  /// Runs an operation under the component's policy.
  ///
  /// On success this costs two clock readings and two short locks. On failure the error is detected, recorded, and
  /// recovered from as the policy says: retries, then strategies, then fallbacks in order.
  /// - Parameters:
  ///   - operation: the name of the call in the ledger.
  ///   - fallbacks: other sources of the value, tried in order when the retries have not helped, or at once when the
  ///     circuit is open.
  ///   - request: the request and user that the call is for; `nil`: ``RequestInfo/current``.
  ///   - body: the call itself; run again by a retry.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: the operation's own error when nothing helped; ``CircuitOpenError`` or ``BulkheadFullError`` when
  ///   the call was not made; ``OperationTimeoutError`` past a limit of time; `CancellationError` when cancelled.
  @inlinable
  public func execute<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    _ body: () async throws -> Value
  ) async throws -> Value {
    let start = beginFreely()
    guard start.isPlain else {
      if start.isAdmitted {
        return try await executeInFull(operation, start, fallbacks: fallbacks, request: request, body)
      }
      // A value of its own: one made of both would be copied field by field for each rejected call.
      let careful = beginWithCare(operation, isRepetition: false, at: start.time)
      if !careful.isAdmitted && fallbacks.isEmpty && !careful.hasFallback {
        throw reject(operation, careful, request)
      }
      return try await executeInFull(operation, careful, fallbacks: fallbacks, request: request, body)
    }
    let value: Value
    do {
      value = try await body()
    } catch {
      return try await recover(operation, start, error, fallbacks: fallbacks, request: request, body)
    }
    succeed(start)
    return value
  }

  /// Runs an operation under the component's policy, and judges its results: a business error that is no failure of the
  /// component, or a returned value that is one.
  ///
  /// A value that is judged a failure is recovered from like an error. When no recovery helps, it is returned.
  /// - Parameters:
  ///   - operation: the name of the call in the ledger.
  ///   - fallbacks: other sources of the value, as in ``execute(_:fallbacks:request:_:)``.
  ///   - request: the request and user that the call is for; `nil`: ``RequestInfo/current``.
  ///   - judge: asked once an attempt, before the policy's judge; `nil`: that one decides. A cancelled attempt is not
  ///     judged.
  ///   - body: the call itself; run again by a retry.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``.
  public func execute<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: @escaping (Result<Value, any Error>) -> CallVerdict?, _ body: () async throws -> Value
  ) async throws -> Value {
    try await executeInFull(
      operation, begin(operation), fallbacks: fallbacks, request: request, judge: judge,
      undo: { _, _ in nil }, body)
  }

  // MARK: One attempt

  /// An attempt that has begun, or was not let through.
  @usableFromInline
  struct Start: Sendable {
    /// Whether a success is all that ends the call: it was let through, and the policy has no time limit and no judge.
    @usableFromInline let isPlain: Bool
    @usableFromInline let isAdmitted: Bool
    /// Whether the policy has fallbacks.
    @usableFromInline let hasFallback: Bool
    /// Whether it is an attempt beyond the first of its execution, which earns no retry.
    private(set) var isRepetition = false
    @usableFromInline let time: Int64
    /// ``EngineContext/thrownErrors`` at that time.
    let thrownErrors: UInt64
    let permit: CircuitBreaker.Permit
    /// Set when the bulkhead is full.
    let bulkheadLimit: Int
    /// Set when the circuit is open.
    let rejection: CircuitBreaker.Rejection?
    /// How the rejection is recorded.
    let entry: RejectionLog.Entry

    init(
      _ permit: CircuitBreaker.Permit, _ traits: GuardedState.Traits, at time: Int64, thrownErrors: UInt64
    ) {
      self.thrownErrors = thrownErrors
      isPlain = !traits.contains(.needsMoreThanSuccess)
      isAdmitted = true
      hasFallback = traits.contains(.hasFallback)
      self.time = time
      self.permit = permit
      bulkheadLimit = 0
      rejection = nil
      entry = .none
    }

    init(
      rejectedBy rejection: CircuitBreaker.Rejection?, bulkheadLimit: Int = 0, _ entry: RejectionLog.Entry,
      _ traits: GuardedState.Traits, at time: Int64
    ) {
      isPlain = false
      thrownErrors = 0
      isAdmitted = false
      hasFallback = traits.contains(.hasFallback)
      self.time = time
      permit = CircuitBreaker.Permit(generation: 0, probe: 0)
      self.bulkheadLimit = bulkheadLimit
      self.rejection = rejection
      self.entry = entry
    }

    fileprivate var asRepetition: Start {
      var start = self
      start.isRepetition = true
      return start
    }
  }

  /// Requests admission for an attempt beyond the first of its execution.
  func beginRepetition(_ operation: String) -> Start { begin(operation, isRepetition: true).asRepetition }

  /// Requests admission for an attempt.
  /// - Parameter operation: for the record of a rejection.
  func begin(_ operation: String) -> Start { begin(operation, isRepetition: false) }

  private func begin(_ operation: String, isRepetition: Bool) -> Start {
    let start = beginFreely()
    return start.isAdmitted ? start : beginWithCare(operation, isRepetition: isRepetition, at: start.time)
  }

  /// Requests admission where only counting stands between the call and the dependency.
  /// - Returns: the attempt; one that is not admitted is for ``beginWithCare(_:isRepetition:at:)``.
  @usableFromInline
  func beginFreely() -> Start {
    let now = clock.now()
    guard let permit = state.permit else { return Start(rejectedBy: nil, .none, [], at: now) }
    return Start(permit, state.traits, at: now, thrownErrors: context.thrownErrors)
  }

  /// As ``begin(_:)`` where more than counting stands between the call and the dependency.
  @usableFromInline @inline(never)
  func beginWithCare(_ operation: String, isRepetition: Bool, at now: Int64) -> Start {
    let traits = state.traits
    let thrownErrors = context.thrownErrors
    var entries: [LedgerEntry] = []
    var entry = RejectionLog.Entry.none
    let admission = state.withLock { state in
      let admission = state.admit(at: now)
      switch admission {
      case .probing(_, let transition): entries = record(transition, &state)
      case .circuitOpen, .bulkheadFull:
        if isProtected { entry = state.rejections.log(operation, slot: slot, at: now) }
      case .admitted, .forgotten: break
      }
      return admission
    }
    switch admission {
    case .admitted(let permit):
      return Start(permit, traits, at: now, thrownErrors: thrownErrors)
    case .probing(let permit, _):
      publish(entries)
      return Start(permit, traits, at: now, thrownErrors: thrownErrors)
    case .circuitOpen(let rejection):
      return Start(rejectedBy: rejection, entry, traits, at: now)
    case .bulkheadFull(let limit):
      return Start(rejectedBy: nil, bulkheadLimit: limit, entry, traits, at: now)
    case .forgotten where isRepetition:
      // A call in progress does not make its component known again. Its permit is of no generation.
      return Start(
        CircuitBreaker.Permit(generation: 0, probe: 0), traits, at: now, thrownErrors: thrownErrors)
    case .forgotten:
      context.readmit(self)
      return begin(operation)
    }
  }

  /// Makes the component known again where something is done with it that counts.
  func readmitIfForgotten() {
    if state.withLock({ $0.isForgotten }) { context.readmit(self) }
  }

  /// Ends an attempt that the dependency answered, the first one of its execution.
  @usableFromInline
  func succeed(_ start: Start) {
    let now = clock.now()
    let duration = now &- start.time
    if state.completeQuietly(start.permit, duration: duration, at: now) {
      ledger.record(CallSample(slot: slot, outcome: .success, duration: duration, endedAt: now))
    } else {
      complete(start, .success, duration: duration, at: now)
    }
  }

  /// Ends an attempt that the dependency answered after an earlier one had failed.
  /// - Parameters:
  ///   - isExtra: an earlier sample counts the execution.
  ///   - ended: how the execution ended with it.
  func succeed(_ start: Start, isExtra: Bool, ended: ExecutionOutcome?) {
    let now = clock.now()
    complete(start, .success, isExtra: isExtra, ended: ended, duration: now &- start.time, at: now)
  }

  private func complete(
    _ start: Start, _ outcome: CallOutcome, isExtra: Bool = false, ended: ExecutionOutcome? = nil,
    duration: Int64, at now: Int64
  ) {
    let completion = settle { state, _ in
      state.complete(start.permit, outcome, earns: !start.isRepetition, duration: duration, at: now)
    }
    record(completion, outcome, isExtra: isExtra, ended: ended, duration: duration, at: now)
  }

  /// Ends an attempt that the caller cancelled.
  func cancel(_ start: Start) {
    let now = clock.now()
    complete(start, .cancelled, duration: now &- start.time, at: now)
  }

  /// Ends an attempt of which nothing is counted.
  func ignore(_ start: Start) {
    let now = clock.now()
    _ = settle { state, _ in
      state.complete(
        start.permit, nil, earns: !start.isRepetition, duration: now &- start.time, at: now)
    }
  }

  /// Ends an attempt that failed, and records the error.
  /// - Parameters:
  ///   - outcome: failure, caller error, or rejected by a component that the operation calls.
  ///   - trips: whether the breaker counts it.
  func fail(_ start: Start, _ error: ErrorContext, _ outcome: CallOutcome, trips: Bool, isExtra: Bool) {
    let now = clock.now()
    let duration = now &- start.time
    // The error's row comes before the transition that refers to it.
    context.note(.error(error))
    let completion = settle { locked, _ in
      state.carryOver(into: &locked.window, beforeFailureAt: now)
      return locked.fail(
        start.permit, outcome, trips: trips, earns: !start.isRepetition, duration: duration, error: error,
        at: now)
    }
    let isRejected = outcome == .rejected
    record(
      completion, outcome, isExtra: isExtra, rejection: isRejected ? .inner : nil,
      operation: isRejected ? state.rejectedOperation(error.operation) : 0, duration: duration, at: now)
  }

  /// Records a call that has ended.
  func record(
    _ completion: CircuitBreaker.Completion, _ outcome: CallOutcome, isExtra: Bool = false,
    ended: ExecutionOutcome? = nil, rejection: RejectionReason? = nil, operation: UInt16 = 0, duration: Int64,
    at now: Int64
  ) {
    var isStale = false
    if case .stale = completion { isStale = outcome == .success || outcome == .failure }
    ledger.record(
      CallSample(
        slot: slot, outcome: outcome, isStale: isStale, isExtra: isExtra, ended: ended, rejection: rejection,
        operation: operation, duration: duration, endedAt: now))
  }

  /// Records how an execution ended.
  func record(_ ended: ExecutionOutcome) {
    ledger.record(CallSample(slot: slot, outcome: nil, ended: ended, duration: 0, endedAt: clock.now()))
  }

  // MARK: Calls that are not made

  /// Records a call that was not made and that nothing else answers.
  /// - Returns: the error to throw.
  @usableFromInline
  func reject(_ operation: String, _ start: Start, _ request: RequestInfo?) -> any Error {
    recordRejection(operation, start, request: request, ended: .lost)
    return rejectionError(start)
  }

  /// Records a call that the circuit or the bulkhead rejected: all of them are counted, some of each second are rows.
  /// - Parameters:
  ///   - execution: `nil`: the rejection is all of it.
  ///   - isExtra: an earlier sample counts the execution.
  ///   - ended: how the execution ended with it; `nil`: it goes on.
  func recordRejection(
    _ operation: String, _ start: Start, request: RequestInfo?, execution: LedgerID? = nil,
    isExtra: Bool = false, ended: ExecutionOutcome? = nil
  ) {
    let reason: RejectionReason = start.bulkheadLimit > 0 ? .bulkhead : .circuit
    ledger.record(
      CallSample(
        slot: slot, outcome: .rejected, isExtra: isExtra, ended: ended, rejection: reason,
        operation: start.entry.operation, duration: 0, endedAt: start.time))
    if start.entry.takesRow {
      recordRow(operation, reason, start.rejection?.errorID, request ?? .current, execution)
    }
  }

  /// Records a rejected call that a client reported.
  func recordReportedRejection(_ operation: String, request: RequestInfo?, at now: Int64) {
    let entry = state.logRejection(operation, at: now)
    ledger.record(
      CallSample(
        slot: slot, outcome: .rejected, ended: .lost, rejection: .reported, operation: entry.operation,
        duration: 0,
        endedAt: now))
    if entry.takesRow { recordRow(operation, .reported, nil, request, nil) }
  }

  // Apart, so that the way past it stays short.
  @inline(never)
  private func recordRow(
    _ operation: String, _ reason: RejectionReason, _ errorID: LedgerID?, _ request: RequestInfo?,
    _ execution: LedgerID?
  ) {
    context.note(
      .rejection(
        RejectedCall(
          id: ledger.makeID(), at: context.time.wallClock(), component: name, operation: operation,
          reason: reason,
          executionID: execution, errorID: errorID, requestID: request?.requestID, userID: request?.userID)))
  }

  /// Says why a call was not made.
  func rejectionError(_ start: Start) -> any Error {
    guard let rejection = start.rejection else {
      return BulkheadFullError(component: name, limit: start.bulkheadLimit)
    }
    return CircuitOpenError(
      component: name, retryAfter: rejection.retryAfter.map { .nanoseconds($0) }, errorID: rejection.errorID)
  }
}
