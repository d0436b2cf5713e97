/// A way to make good a call that has failed. Used alone through ``execute(_:on:time:_:)``, or in a component's
/// policy, where every recovery is a row of the ledger.
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
/// `nonisolated(nonsending)` says that a strategy and the call run where the caller runs. A target that enables
/// `NonisolatedNonsendingByDefault` can leave it out.
public protocol RecoveryStrategy: Sendable {
  /// What it is called in the ledger. Default: the type's name.
  var name: String { get }
  /// What it does. Default: ``RecoveryAction/custom``.
  var action: RecoveryAction { get }
  /// Whether it has anything to offer for a failure. Default: yes.
  func canRecover(_ failure: FailedCall) -> Bool
  /// Tries to make the call good.
  /// - Parameters:
  ///   - failure: what went wrong.
  ///   - operation: the call itself. In an engine it goes through the component's breaker and is counted.
  nonisolated(nonsending) func recover<Value>(
    _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value>
  /// Makes a call and recovers when it fails. The default does just that.
  nonisolated(nonsending) func execute<Value>(
    _ operation: String, on component: ComponentName, time: any TimeSource,
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value>
}

extension RecoveryStrategy {
  /// The type's name.
  public var name: String { "\(Self.self)" }
  /// Custom.
  public var action: RecoveryAction { .custom }
  /// Yes.
  public func canRecover(_ failure: FailedCall) -> Bool { true }

  /// Makes a call and, when it fails, recovers as this strategy does. Nothing is written down: that is an engine's part.
  /// - Parameters:
  ///   - operation: what the call is named.
  ///   - component: what it is made on.
  ///   - time: the clocks; virtual in tests.
  ///   - body: the call.
  /// - Returns: the value with how it was obtained, or the error with what was tried. Cancellation is no failure and
  ///   is not recovered from.
  public func execute<Value>(
    _ operation: String = "operation", on component: ComponentName = "standalone",
    time: any TimeSource = SystemTimeSource(), _ body: () async throws -> Value
  ) async -> RecoveryResult<Value> {
    let begun = time.monotonicNanoseconds()
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
    return result.by(self, after: .nanoseconds(time.monotonicNanoseconds() - begun))
  }
}
