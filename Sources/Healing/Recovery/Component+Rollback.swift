extension Component {
  /// Runs an operation that changes a value, under the component's policy. After every failed attempt the value
  /// is restored, and a `rollback` row is recorded. So each retry begins with the same state, and a failed
  /// execution leaves the value unchanged.
  /// - Parameters:
  ///   - operation: name of the call in the ledger.
  ///   - state: value that is passed to each attempt.
  ///   - fallbacks: other sources of the value, as in ``execute(_:fallbacks:request:_:)``.
  ///   - request: request and user of the call, for the ledger.
  ///   - judge: the call's judge, as in ``execute(_:fallbacks:request:judge:_:)``.
  ///   - body: the call; a retry runs it again.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``.
  public func execute<State, Value>(
    _ operation: String, state: inout State, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil, _ body: (inout State) async throws -> Value
  ) async throws -> Value {
    let snapshot = state
    let restored = RecoveryResult<Void>.done(
      throwing: CancellationError(), message: "the state was restored")
    let start = begin(operation)
    return try await executeInFull(
      ValueExecution(
        self, operation, startedAt: start.time, fallbacks: fallbacks, request: request, judge: judge), start,
      undo: { execution, errorID in
        state = snapshot
        self.recordRecovery(execution, errorID, restored.by(.rollback, after: .zero), nil)
        return true
      }
    ) {
      try await body(&state)
    }
  }

  /// Runs an operation that changes a value, as ``execute(_:state:fallbacks:request:judge:_:)`` does, and returns the
  /// new value. Use it for an actor's state, because Swift does not pass a property of an actor `inout` to an
  /// asynchronous call.
  ///
  /// ```swift
  /// actor Checkout {
  ///   private let carts: Component
  ///   private var cart = Cart()
  ///
  ///   init(carts: Component) { self.carts = carts }
  ///
  ///   func fill() async throws {
  ///     cart = try await carts.execute("fill", initialState: cart) { cart in
  ///       cart.add(item)
  ///       try await prices.update(&cart)
  ///     }.state
  ///   }
  /// }
  /// ```
  ///
  /// A failed execution returns no value, so the actor's state is unchanged. The actor serves other calls while
  /// it waits; the assignment overwrites their changes to the property.
  /// - Parameters:
  ///   - operation: name of the call in the ledger.
  ///   - initialState: value that is passed to each attempt.
  ///   - fallbacks: other sources of the value, as in ``execute(_:fallbacks:request:_:)``.
  ///   - request: request and user of the call, for the ledger.
  ///   - judge: the call's judge, as in ``execute(_:fallbacks:request:judge:_:)``.
  ///   - body: the call; a retry runs it again.
  /// - Returns: the operation's value and the changed state, or a fallback's value and the initial state.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``.
  public func execute<State, Value>(
    _ operation: String, initialState: State, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil, _ body: (inout State) async throws -> Value
  ) async throws -> (value: Value, state: State) {
    var state = initialState
    let value = try await execute(
      operation, state: &state, fallbacks: fallbacks, request: request, judge: judge, body)
    return (value, state)
  }

  /// Runs an operation of several steps, under the component's policy. After every failed attempt the completed
  /// steps are compensated in reverse order. Each compensation is a `rollback` row, with `success = false` if
  /// it failed. Compensations also run when the caller is cancelled.
  /// - Parameters:
  ///   - operation: name of the call in the ledger.
  ///   - fallbacks: other sources of the value, as in ``execute(_:fallbacks:request:_:)``.
  ///   - request: request and user of the call, for the ledger.
  ///   - judge: the call's judge, as in ``execute(_:fallbacks:request:judge:_:)``.
  ///   - body: the steps; registers each step's compensation with the scope. A retry runs it again.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``: the operation's error, not a compensation's.
  public func executeSteps<Value>(
    _ operation: String, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil,
    _ body: (CompensationScope) async throws -> Value
  ) async throws -> Value {
    let scope = CompensationScope()
    let start = begin(operation)
    return try await executeInFull(
      ValueExecution(
        self, operation, startedAt: start.time, fallbacks: fallbacks, request: request, judge: judge), start,
      undo: { execution, errorID in
        var isUndone: Bool?
        for compensation in scope.take() {
          self.recordStart(execution, errorID, .rollback)
          let outcome = await compensation.run(execution.policy.rollback, time: self.context.time)
          let result = RecoveryResult<Void>(
            outcome.error == nil ? .succeeded : .failed, nil, outcome.error, outcome.attempts,
            outcome.message,
            ["step": outcome.name])
          self.recordRecovery(
            execution, errorID, result.by(.rollback, after: outcome.duration), .attempts)
          isUndone = (isUndone ?? true) && outcome.error == nil
        }
        return isUndone
      }
    ) {
      try await body(scope)
    }
  }

  /// Runs an operation with its input, so that fallbacks can use the input, too:
  /// ``Fallback/init(_:taking:_:)``.
  /// - Returns: the operation's value, or a fallback's.
  /// - Throws: as ``execute(_:fallbacks:request:_:)``.
  public func execute<Input: Sendable, Value>(
    _ operation: String, input: Input, fallbacks: [Fallback<Value>] = [], request: RequestInfo? = nil,
    judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil, _ body: (Input) async throws -> Value
  ) async throws -> Value {
    let start = begin(operation)
    let execution = ValueExecution(
      self, operation, startedAt: start.time, fallbacks: fallbacks, request: request, input: input,
      judge: judge)
    return try await executeInFull(execution, start, undo: { _, _ in nil }) {
      try await body(input)
    }
  }
}
