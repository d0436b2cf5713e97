/// Undoes the changes of a failed operation: restores a value from its snapshot, or compensates steps in
/// reverse order.
///
/// ```swift
/// var cart = Cart()
/// let result = await RollbackStrategy().execute(state: &cart) { cart in
///   cart.add(item)
///   try await prices.update(&cart)
/// }
/// // When it failed, the cart is as it was.
/// ```
///
/// A rollback has no value: the operation's error is still thrown.
public struct RollbackStrategy: RecoveryStrategy {
  /// How compensations are run.
  public let options: RollbackOptions
  private let compensations: [Compensation]
  private let time: any TimeSource

  /// Creates a strategy.
  /// - Parameters:
  ///   - options: how compensations are run.
  ///   - compensations: run in reverse order after every failure; ``executeSteps(_:)`` registers those of
  ///     single steps instead.
  ///   - time: the clocks; virtual in tests.
  public init(
    _ options: RollbackOptions = .standard, compensations: [Compensation] = [],
    time: any TimeSource = SystemTimeSource()
  ) {
    self.options = options
    self.compensations = compensations
    self.time = time
  }

  /// `rollback`
  public var name: String { "rollback" }
  /// ``RecoveryAction/rollback``.
  public var action: RecoveryAction { .rollback }
  /// Returns whether there are compensations.
  public func canRecover(_ failure: FailedCall) -> Bool { !compensations.isEmpty }

  /// Runs the strategy's compensations. The operation is not run again.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    await undo(compensations.reversed(), after: failure.error)
  }

  /// Runs an operation on a value, and restores the value when the operation fails.
  /// - Returns: the operation's value, or its error with the state restored; `success` then says whether *the
  ///   rollback* succeeded.
  public func execute<State, Value>(
    state: inout State, _ body: (inout State) async throws -> Value
  ) async -> RecoveryResult<Value> {
    let snapshot = state
    let startedAt = time.monotonicNanoseconds()
    let result: RecoveryResult<Value>
    do {
      result = .succeeded(try await body(&state), message: "nothing to undo")
    } catch {
      state = snapshot
      result = .done(throwing: error, message: "the state was restored")
    }
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - startedAt))
  }

  /// Runs an operation on a value, as ``execute(state:_:)`` does, and returns the new value. Use it for an
  /// actor's state, because Swift does not pass a property of an actor `inout` to an asynchronous call.
  /// - Returns: the operation's value and the changed state, or its error; `success` then says whether *the
  ///   rollback* succeeded.
  public func execute<State, Value>(
    initialState: State, _ body: (inout State) async throws -> Value
  ) async -> RecoveryResult<(value: Value, state: State)> {
    var state = initialState
    return await execute(state: &state) { state in (value: try await body(&state), state: state) }
  }

  /// Runs an operation in steps, and compensates the completed ones in reverse order when it fails.
  /// - Returns: the operation's value, or its error with a message on the compensations; failed when a
  ///   compensation failed.
  public func executeSteps<Value>(_ body: (CompensationScope) async throws -> Value) async
    -> RecoveryResult<Value>
  {
    let scope = CompensationScope()
    let startedAt = time.monotonicNanoseconds()
    let result: RecoveryResult<Value>
    do {
      result = .succeeded(try await body(scope), message: "nothing to undo")
    } catch {
      result = await undo(scope.take(), after: error)
    }
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - startedAt))
  }

  private func undo<Value>(_ compensations: [Compensation], after error: any Error) async -> RecoveryResult<
    Value
  > {
    var outcomes: [Compensation.Outcome] = []
    for compensation in compensations { outcomes.append(await compensation.run(options, time: time)) }
    let attempts = outcomes.reduce(0) { $0 + $1.attempts }
    let message = outcomes.map(\.message).joined(separator: "; ")
    let isDone = outcomes.allSatisfy { $0.error == nil }
    // Also when the caller was cancelled: a failed compensation must not be hidden as cancelled.
    return RecoveryResult(isDone ? .succeeded : .failed, nil, error, attempts, message, [:])
  }
}
