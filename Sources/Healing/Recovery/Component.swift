/// A component of an engine: the handle for its calls. Get it once from ``RecoveryEngine/component(_:)`` and
/// keep it, which saves the lookup by name.
public final class Component: Sendable {
  /// The component's name.
  public let name: ComponentName
  /// The policy in force. An execution keeps the policy with which it began.
  public var policy: ComponentPolicy { sharedPolicy.policy }
  /// Whether the component's calls are protected and recorded. `false` for a component that the engine refused:
  /// ``RecoveryEngine/component(_:)``.
  public let isProtected: Bool
  var sharedPolicy: SharedPolicy { state.policy }
  let context: EngineContext
  private let clock: MonotonicClock
  private let ledger: any Ledger
  let state: ComponentStateBox
  /// Number of the component in samples.
  private let slot: UInt32

  /// - Parameter state: existing state of the component; `nil` for a new component.
  convenience init(
    name: ComponentName, policy: SharedPolicy, context: EngineContext, state: ComponentStateBox? = nil
  ) {
    let state =
      state
      ?? ComponentStateBox(
        ComponentState(policy: policy.policy, at: context.time.monotonicNanoseconds()), policy: policy,
        slot: ComponentSlot(name), context: context)
    self.init(name: name, isProtected: true, context: context, state: state)
  }

  /// Creates the handle of a refused component. Of its policy only the rollback and health options apply.
  convenience init(unprotected name: ComponentName, policy: ComponentPolicy, context: EngineContext) {
    let bare = ComponentPolicy(retry: nil, breaker: nil, rollback: policy.rollback, health: policy.health)
    let state = ComponentStateBox(
      ComponentState(policy: bare, at: context.time.monotonicNanoseconds()),
      policy: SharedPolicy(bare, .default),
      slot: nil, context: context)
    self.init(name: name, isProtected: false, context: context, state: state)
  }

  private init(name: ComponentName, isProtected: Bool, context: EngineContext, state: ComponentStateBox) {
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
  /// A success costs two clock reads and two short locks. On failure the error is detected, recorded, and
  /// recovered from under the policy: retries, then strategies, then fallbacks in order.
  /// - Parameters:
  ///   - operation: name of the call in the ledger.
  ///   - fallbacks: other sources of the value, tried in order after the retries failed, or immediately when
  ///     the circuit is open.
  ///   - request: request and user of the call; `nil`: ``RequestInfo/current``.
  ///   - body: the call; a retry runs it again.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: the operation's error when no recovery succeeded; ``CircuitOpenError`` or ``BulkheadFullError``
  ///   when the call was not made; ``OperationTimeoutError`` past a time limit; `CancellationError` when
  ///   cancelled.
  @inlinable
  public func execute<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    _ body: () async throws -> Value
  ) async throws -> Value {
    let start = beginFastPath()
    guard start.isPlain else {
      if start.isAdmitted {
        return try await executeInFull(operation, start, fallbacks: fallbacks, request: request, body)
      }
      // A separate constant: one variable for both would be copied field by field for each rejected call.
      let careful = beginSlowPath(operation, isRepetition: false, at: start.time)
      if careful.isPlain {
        return try await executePlain(operation, careful, fallbacks: fallbacks, request: request, body)
      }
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

  /// Runs a plain execution that the slow path admitted: the rest of ``execute(_:fallbacks:request:_:)``, kept out
  /// of it so that the fast path stays short.
  @inlinable @inline(never)
  func executePlain<Value>(
    _ operation: String, _ start: Start, fallbacks: [Fallback<Value>], request: RequestInfo?,
    _ body: () async throws -> Value
  ) async throws -> Value {
    let value: Value
    do {
      value = try await body()
    } catch {
      return try await recover(operation, start, error, fallbacks: fallbacks, request: request, body)
    }
    succeed(start)
    return value
  }

  /// Runs an operation under the component's policy, and judges its results: an error that is not a failure of
  /// the component, or a returned value that is one.
  ///
  /// A value that is judged a failure is recovered from like an error. When no recovery succeeds, it is returned.
  /// - Parameters:
  ///   - operation: name of the call in the ledger.
  ///   - fallbacks: other sources of the value, as in ``execute(_:fallbacks:request:_:)``.
  ///   - request: request and user of the call; `nil`: ``RequestInfo/current``.
  ///   - judge: called once per attempt, before the policy's judge; `nil` leaves the verdict to that one. A
  ///     cancelled attempt is not judged.
  ///   - body: the call; a retry runs it again.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``.
  public func execute<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: @escaping (Result<Value, any Error>) -> CallVerdict?, _ body: () async throws -> Value
  ) async throws -> Value {
    let start = begin(operation)
    let execution = ValueExecution(
      self, operation, startedAt: start.time, fallbacks: fallbacks, request: request, judge: judge)
    return try await executeInFull(execution, start, undo: { _, _ in nil }, body)
  }

  // MARK: One attempt

  /// An admitted attempt, or a rejected one.
  @usableFromInline
  struct Start: Sendable {
    /// Whether a success needs no further handling: the attempt was admitted, the policy has no time limit and no
    /// judge, and the engine has no observer.
    @usableFromInline let isPlain: Bool
    @usableFromInline let isAdmitted: Bool
    /// Whether the policy has fallbacks.
    @usableFromInline let hasFallback: Bool
    /// Whether it is an attempt beyond the first of its execution, which does not earn towards the retry
    /// budget.
    private(set) var isRepetition = false
    @usableFromInline let time: Int64
    /// ``EngineContext/thrownErrors`` at that time.
    let thrownErrors: UInt64
    let permit: CircuitBreaker.Permit
    /// The bulkhead's limit when the bulkhead is full; otherwise 0.
    let bulkheadLimit: Int
    /// The circuit's rejection; `nil` when the circuit did not reject the attempt.
    let rejection: CircuitBreaker.Rejection?
    /// How the rejection is recorded.
    let entry: RejectionLog.Entry

    init(
      _ permit: CircuitBreaker.Permit, _ traits: ComponentStateBox.Traits, at time: Int64,
      thrownErrors: UInt64
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
      _ traits: ComponentStateBox.Traits, at time: Int64
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
  /// - Parameter operation: name for the record of a rejection.
  func begin(_ operation: String) -> Start { begin(operation, isRepetition: false) }

  private func begin(_ operation: String, isRepetition: Bool) -> Start {
    let start = beginFastPath()
    return start.isAdmitted ? start : beginSlowPath(operation, isRepetition: isRepetition, at: start.time)
  }

  /// Requests admission on the lock-free path.
  /// - Returns: the attempt. One that is not admitted must be passed to ``beginSlowPath(_:isRepetition:at:)``.
  @usableFromInline
  func beginFastPath() -> Start {
    let now = clock.now()
    guard let permit = state.permit else { return Start(rejectedBy: nil, .none, [], at: now) }
    return Start(permit, state.traits, at: now, thrownErrors: context.thrownErrors)
  }

  /// Requests admission under the component's lock: the slow path of ``begin(_:)``.
  @usableFromInline @inline(never)
  func beginSlowPath(_ operation: String, isRepetition: Bool, at now: Int64) -> Start {
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
      // A call in progress does not make its component known again. Its permit belongs to no generation.
      return Start(
        CircuitBreaker.Permit(generation: 0, probe: 0), traits, at: now, thrownErrors: thrownErrors)
    case .forgotten:
      context.readmit(self)
      return begin(operation)
    }
  }

  /// Makes a forgotten component known again before an action that counts.
  func readmitIfForgotten() {
    if state.withLock({ $0.isForgotten }) { context.readmit(self) }
  }

  /// Completes a successful first attempt.
  @usableFromInline
  func succeed(_ start: Start) {
    let now = clock.now()
    let duration = now &- start.time
    if state.tryCompleteFast(start.permit, duration: duration, at: now) {
      ledger.record(CallSample(slot: slot, outcome: .success, durationNanoseconds: duration, endedAt: now))
    } else {
      complete(start, .success, duration: duration, at: now)
    }
  }

  /// Completes a successful attempt with its effect on the execution's outcome.
  /// - Parameters:
  ///   - isExtra: whether an earlier sample counts the execution.
  ///   - ended: the execution's outcome; `nil` when this attempt does not determine it.
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

  /// Completes an attempt that the caller cancelled.
  func cancel(_ start: Start) {
    let now = clock.now()
    complete(start, .cancelled, duration: now &- start.time, at: now)
  }

  /// Completes an attempt that is not counted.
  func ignore(_ start: Start) {
    let now = clock.now()
    _ = settle { state, _ in
      state.complete(
        start.permit, nil, earns: !start.isRepetition, duration: now &- start.time, at: now)
    }
  }

  /// Completes a failed attempt, and records its error.
  /// - Parameters:
  ///   - outcome: failure, caller error, or rejected by a component that the operation calls.
  ///   - trips: whether the breaker counts the failure.
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

  /// Records a completed call.
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
        operation: operation, durationNanoseconds: duration, endedAt: now))
  }

  /// Records the outcome of an execution.
  func record(_ ended: ExecutionOutcome) {
    ledger.record(
      CallSample(slot: slot, outcome: nil, ended: ended, durationNanoseconds: 0, endedAt: clock.now()))
  }

  // MARK: Rejected calls

  /// Records a rejected call that has no fallback.
  /// - Returns: the error to throw.
  @usableFromInline
  func reject(_ operation: String, _ start: Start, _ request: RequestInfo?) -> any Error {
    recordRejection(
      operation, start, attempt: 1, request: request, ended: Task.isCancelled ? .interrupted : .lost)
    return rejectionError(start)
  }

  /// Records a call that the circuit or the bulkhead rejected. All rejections are counted; a limited number per
  /// second are rows.
  /// - Parameters:
  ///   - attempt: number of the rejected attempt, from 1.
  ///   - execution: `nil` when the rejection is the whole execution.
  ///   - isExtra: whether an earlier sample counts the execution.
  ///   - ended: the execution's outcome; `nil` when the execution continues.
  func recordRejection(
    _ operation: String, _ start: Start, attempt: Int, request: RequestInfo?, execution: LedgerID? = nil,
    isExtra: Bool = false, ended: ExecutionOutcome? = nil
  ) {
    let reason: RejectionReason = start.bulkheadLimit > 0 ? .bulkhead : .circuit
    ledger.record(
      CallSample(
        slot: slot, outcome: .rejected, isExtra: isExtra, ended: ended, rejection: reason,
        operation: start.entry.operation, durationNanoseconds: 0, endedAt: start.time))
    if start.entry.takesRow {
      recordRow(operation, reason, start.rejection?.errorID, request ?? .current, execution)
    }
    if context.observer != nil {
      observe(operation, attempt: attempt, .rejected, since: nil, request ?? .current)
    }
  }

  /// Records a rejected call that a client reported.
  func recordReportedRejection(_ operation: String, request: RequestInfo?, at now: Int64) {
    let entry = state.logRejection(operation, at: now)
    ledger.record(
      CallSample(
        slot: slot, outcome: .rejected, ended: .lost, rejection: .reported, operation: entry.operation,
        durationNanoseconds: 0,
        endedAt: now))
    if entry.takesRow { recordRow(operation, .reported, nil, request, nil) }
  }

  // Not inlined, to keep the callers' fast path short.
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

  /// Returns the error for a rejected call.
  func rejectionError(_ start: Start) -> any Error {
    guard let rejection = start.rejection else {
      return BulkheadFullError(component: name, limit: start.bulkheadLimit)
    }
    return CircuitOpenError(
      component: name, retryAfter: rejection.retryAfter.map { .nanoseconds($0) }, errorID: rejection.errorID)
  }
}
