import Synchronization

/// A standalone circuit breaker, for use without an engine. In an engine the breaker is part of the component's
/// policy, and its state survives the process.
///
/// ```swift
/// let breaker = CircuitBreakerStrategy(CircuitBreakerOptions(failureThreshold: 3))
/// let result = await breaker.execute("charge", on: "payments") { try await payments.charge(order) }
/// if let rejected = result.error as? CircuitOpenError { print(rejected) }
/// ```
public final class CircuitBreakerStrategy: RecoveryStrategy {
  private let breaker: Lock<CircuitBreaker>

  /// Creates a strategy with a closed circuit.
  public init(_ options: CircuitBreakerOptions = .standard) {
    breaker = Lock(CircuitBreaker(options: options))
  }

  /// `circuit_breaker`
  public var name: String { "circuit_breaker" }
  /// ``RecoveryAction/circuitBreak``.
  public var action: RecoveryAction { .circuitBreak }
  /// Closed, open or half-open.
  public var state: CircuitState { breaker.withLock { $0.state } }
  /// Returns `false`: a circuit breaker rejects calls and cannot recover a failed one.
  public func canRecover(_ failure: FailedCall) -> Bool { false }

  /// Closes the circuit and clears its counts.
  public func reset(time: any TimeSource = SystemTimeSource()) {
    let now = time.monotonicNanoseconds()
    _ = breaker.withLock { $0.reset(at: now) }
  }

  /// Makes the call again if the circuit admits it.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    await execute(failure.operation, on: failure.component, operation)
  }

  /// Makes a call if the circuit admits it, and counts its outcome.
  /// - Returns: the value or the operation's error; ``CircuitOpenError`` without an attempt when the call was
  ///   rejected.
  public func execute<Value>(
    _ operation: String = "operation", on component: ComponentName = "standalone",
    time: any TimeSource = SystemTimeSource(), _ body: () async throws -> Value
  ) async -> RecoveryResult<Value> {
    let startedAt = time.monotonicNanoseconds()
    let permit: CircuitBreaker.Permit
    switch breaker.withLock({ $0.admit(at: startedAt) }) {
    case .admitted(let given), .probing(let given, _):
      permit = given
    case .rejected(let rejection):
      let error = CircuitOpenError(
        component: component, retryAfter: rejection.retryAfter.map { .nanoseconds($0) },
        errorID: rejection.errorID)
      return RecoveryResult.failed(error, attempts: 0).by(self, after: .zero)
    }
    func end(_ verdict: CircuitBreaker.Verdict) -> Duration {
      let now = time.monotonicNanoseconds()
      breaker.withLock { _ = $0.complete(permit, verdict, duration: now - startedAt, at: now) }
      return .nanoseconds(now - startedAt)
    }
    do {
      let value = try await body()
      return RecoveryResult.succeeded(value).by(self, after: end(.success))
    } catch {
      let isNeutral =
        FailedCall.isPlainCancellation(error) || !ErrorDetector.standard.classify(error).shouldCircuitBreak
      return RecoveryResult.failed(error).by(self, after: end(isNeutral ? .neutral : .failure))
    }
  }
}
