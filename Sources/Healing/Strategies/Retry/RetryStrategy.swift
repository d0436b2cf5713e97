/// Tries again, after growing waits, what a mere repetition may help.
///
/// ```swift
/// let retry = RetryStrategy(try RetryOptions(maxAttempts: 5, initialDelay: .milliseconds(200)))
/// let answer = try await retry.execute { try await openAI.generate(prompt) }.get()
/// ```
public struct RetryStrategy: RecoveryStrategy {
  /// How often and after which waits.
  public let options: RetryOptions
  private let time: any TimeSource
  private let seed: UInt64?

  /// - Parameters:
  ///   - options: how often and after which waits.
  ///   - time: where it waits; virtual in tests.
  ///   - seed: the same seed gives the same waits. Default: random.
  public init(
    _ options: RetryOptions = .standard, time: any TimeSource = SystemTimeSource(), seed: UInt64? = nil
  ) {
    self.options = options
    self.time = time
    self.seed = seed
  }

  /// `retry`
  public var name: String { "retry" }
  /// `retry` without waits, else `retry_backoff`.
  public var action: RecoveryAction { options.action }
  /// Whether the error is worth a repetition: transient, not critical, not the caller's own mistake.
  public func canRecover(_ failure: FailedCall) -> Bool { failure.classification.shouldRetry }

  /// Repeats until it succeeds, the attempts are used up, or an error comes that no repetition helps.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    var generator = SplitMix64(seed: seed ?? .random(in: 0 ... .max))
    var schedule = RetrySchedule(options: options)
    var error = failure.error
    var classification = failure.classification
    while classification.shouldRetry,
      case .retry(let wait) = schedule.failed(retryAfter: classification.retryAfter, using: &generator)
    {
      do {
        if wait > .zero { try await time.sleep(for: wait) } else { try Task.checkCancellation() }
        let value = try await operation()
        let attempts = schedule.failedAttempts + 1
        return .succeeded(value, attempts: attempts, message: "attempt \(attempts) succeeded")
      } catch let next {
        error = next
        if FailedCall.isPlainCancellation(error) { break }
        // That of a cancellation is not to be retried.
        classification = ErrorDetector.standard.classify(error)
      }
    }
    return .failed(error, attempts: max(1, schedule.failedAttempts))
  }
}
