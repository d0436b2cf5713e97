/// Retries transient failures with growing delays.
///
/// ```swift
/// let retry = RetryStrategy(RetryOptions(maxAttempts: 5, initialDelay: .milliseconds(200)))
/// let answer = try await retry.execute { try await openAI.generate(prompt) }.get()
/// ```
public struct RetryStrategy: RecoveryStrategy {
  /// The number of attempts and the delays.
  public let options: RetryOptions
  private let time: any TimeSource
  private let seed: UInt64?

  /// Creates a strategy.
  /// - Parameters:
  ///   - options: the number of attempts and the delays.
  ///   - time: the clock for the delays; virtual in tests.
  ///   - seed: seed of the jitter; the same seed gives the same delays. Default: random.
  public init(
    _ options: RetryOptions = .standard, time: any TimeSource = SystemTimeSource(), seed: UInt64? = nil
  ) {
    self.options = options
    self.time = time
    self.seed = seed
  }

  /// `retry`
  public var name: String { "retry" }
  /// `retry` without a delay, otherwise `retry_backoff`.
  public var action: RecoveryAction { options.action }
  /// Returns whether the error can be retried: transient, not critical, and not the caller's mistake.
  public func canRecover(_ failure: FailedCall) -> Bool { failure.classification.shouldRetry }

  /// Retries until an attempt succeeds, the attempts are used up, or an error cannot be retried.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    var generator = SplitMix64(seed: seed ?? .random(in: 0 ... .max))
    var schedule = RetrySchedule(options: options)
    var error = failure.error
    var classification = failure.classification
    var gaveUp = RecoveryRecord.GaveUp.notTransient
    attempts: while classification.shouldRetry {
      let wait: Duration
      switch schedule.failed(retryAfter: classification.retryAfter, using: &generator) {
      case .retry(let delay): wait = delay
      case .exhausted:
        gaveUp = .attempts
        break attempts
      case .waitTooLong:
        gaveUp = .waitTooLong
        break attempts
      }
      do {
        if wait > .zero { try await time.sleep(for: wait) } else { try Task.checkCancellation() }
        let value = try await operation()
        let attempts = schedule.failedAttempts + 1
        return .succeeded(value, attempts: attempts, message: "attempt \(attempts) succeeded")
      } catch let next {
        error = next
        if FailedCall.isPlainCancellation(error) { break }
        // A cancellation is classified as not retryable.
        classification = ErrorDetector.standard.classify(error)
        gaveUp = error is CircuitOpenError ? .circuit : .notTransient
      }
    }
    var result = RecoveryResult<Value>.failed(error, attempts: max(1, schedule.failedAttempts))
    result.gaveUp = gaveUp
    return result
  }
}
