/// Puts things back as they were: a value to its snapshot, or steps undone by their compensations in reverse order.
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
/// It obtains no value: what it restores after is still thrown.
public struct RollbackStrategy: RecoveryStrategy {
  /// How compensations are run.
  public let options: RollbackOptions
  private let compensations: [Compensation]
  private let time: any TimeSource

  /// - Parameters:
  ///   - options: how compensations are run.
  ///   - compensations: run in reverse order after every failure; those of single steps are registered as the
  ///     steps are done.
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
  /// Rollback.
  public var action: RecoveryAction { .rollback }
  /// Whether there is anything to be undone.
  public func canRecover(_ failure: FailedCall) -> Bool { !compensations.isEmpty }

  /// Runs the compensations that it was made with. The operation is not run again.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    await undo(compensations.reversed(), after: failure.error)
  }

  /// Runs an operation on a value, and puts the value back when it fails.
  /// - Returns: the operation's value, or its error with the state restored; `success` says whether *the rollback*
  ///   succeeded where there was one.
  public func execute<State, Value>(
    state: inout State, _ body: (inout State) async throws -> Value
  ) async -> RecoveryResult<Value> {
    let snapshot = state
    let begun = time.monotonicNanoseconds()
    let result: RecoveryResult<Value>
    do {
      result = .succeeded(try await body(&state), message: "nothing to undo")
    } catch {
      state = snapshot
      result = .done(throwing: error, message: "the state was restored")
    }
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - begun))
  }

  /// Runs an operation on a value, as ``execute(state:_:)`` does, and returns the new value: for the state of an actor, of
  /// which Swift passes no property `inout` to an asynchronous call.
  /// - Returns: the operation's value and the changed state, or its error; `success` says whether *the rollback* succeeded
  ///   where there was one.
  public func execute<State, Value>(
    initialState: State, _ body: (inout State) async throws -> Value
  ) async -> RecoveryResult<(value: Value, state: State)> {
    var state = initialState
    return await execute(state: &state) { state in (value: try await body(&state), state: state) }
  }

  /// Runs an operation in steps, and undoes them in reverse order when it fails.
  /// - Returns: the operation's value, or its error with what was undone; failed when a step could not be undone.
  public func executeSteps<Value>(_ body: (CompensationScope) async throws -> Value) async
    -> RecoveryResult<Value>
  {
    let scope = CompensationScope()
    let begun = time.monotonicNanoseconds()
    let result: RecoveryResult<Value>
    do {
      result = .succeeded(try await body(scope), message: "nothing to undo")
    } catch {
      result = await undo(scope.take(), after: error)
    }
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - begun))
  }

  private func undo<Value>(_ compensations: [Compensation], after error: any Error) async -> RecoveryResult<
    Value
  > {
    var outcomes: [Compensation.Outcome] = []
    for compensation in compensations { outcomes.append(await compensation.run(options, time: time)) }
    let attempts = outcomes.reduce(0) { $0 + $1.attempts }
    let message = outcomes.map(\.message).joined(separator: "; ")
    let isDone = outcomes.allSatisfy { $0.error == nil }
    // Also when the caller was cancelled: what could not be undone must not be hidden.
    return RecoveryResult(isDone ? .succeeded : .failed, nil, error, attempts, message, [:])
  }
}
