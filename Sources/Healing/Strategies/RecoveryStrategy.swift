/// Recovers a failed call. Use a strategy alone through ``execute(_:on:time:_:)``, or in a component's policy,
/// where every recovery is a row of the ledger.
///
/// ```swift
/// struct ReconnectStrategy: RecoveryStrategy {
///   let pool: Pool
///   var name: String { "reconnect" }
///
///   func canRecover(_ failure: FailedCall) -> Bool { failure.category == .database }
///
///   nonisolated(nonsending) func recover<Value>(
///     _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
///   ) async -> RecoveryResult<Value> {
///     do {
///       try await pool.reconnect()
///       return .succeeded(try await operation(), message: "reconnected")
///     } catch {
///       return .failed(error)
///     }
///   }
/// }
/// ```
///
/// With `nonisolated(nonsending)` a strategy and the call run on the caller's actor. A target that enables
/// `NonisolatedNonsendingByDefault` can omit it.
public protocol RecoveryStrategy: Sendable {
  /// The strategy's name in the ledger. Default: the type's name.
  var name: String { get }
  /// The action in the ledger. Default: ``RecoveryAction/custom``.
  var action: RecoveryAction { get }
  /// Returns whether the strategy can recover a failure. Default: `true`.
  func canRecover(_ failure: FailedCall) -> Bool
  /// Tries to recover the call.
  /// - Parameters:
  ///   - failure: the failed call.
  ///   - operation: the call. In an engine it runs through the component's breaker and is counted.
  nonisolated(nonsending) func recover<Value>(
    _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value>
  /// Makes a call and recovers it when it fails, which is also what the default does.
  nonisolated(nonsending) func execute<Value>(
    _ operation: String, on component: ComponentName, time: any TimeSource,
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value>
}

extension RecoveryStrategy {
  /// The type's name.
  public var name: String { "\(Self.self)" }
  /// ``RecoveryAction/custom``.
  public var action: RecoveryAction { .custom }
  /// Returns `true`.
  public func canRecover(_ failure: FailedCall) -> Bool { true }

  /// Makes a call and recovers it with this strategy when it fails. Nothing is recorded; only an engine
  /// records.
  /// - Parameters:
  ///   - operation: name of the call.
  ///   - component: the called component.
  ///   - time: the clocks; virtual in tests.
  ///   - body: the call.
  /// - Returns: the value or the error, with the attempts and the message. Cancellation does not count as a
  ///   failure and is not recovered from.
  public func execute<Value>(
    _ operation: String = "operation", on component: ComponentName = "standalone",
    time: any TimeSource = SystemTimeSource(), _ body: () async throws -> Value
  ) async -> RecoveryResult<Value> {
    let startedAt = time.monotonicNanoseconds()
    var result: RecoveryResult<Value>
    do {
      result = .succeeded(try await body(), message: "succeeded at the first attempt")
    } catch {
      let failure = FailedCall(
        error: error, component: component, operation: operation,
        classification: ErrorDetector.standard.classify(error))
      let isCancelled = FailedCall.isPlainCancellation(error) || failure.classification.isCancellation
      result = isCancelled || !canRecover(failure) ? .failed(error) : await recover(failure, body)
    }
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - startedAt))
  }
}
