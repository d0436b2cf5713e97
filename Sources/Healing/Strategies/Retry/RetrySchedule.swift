/// The delays of one execution's retries, as a pure state machine.
///
/// The delay after attempt *n* is `min(maxDelay, initialDelay · base^(n-1))`, randomised by the jitter; a
/// server's Retry-After is its lower bound, and ends the schedule when it is longer than `maxRetryAfter`.
public struct RetrySchedule: Sendable {
  /// The decision after a failed attempt.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Decision: Sendable, Hashable {
    /// Retry after the delay.
    case retry(after: Duration)
    /// The attempts are used up.
    case exhausted
    /// The server asks for a longer delay than the options allow.
    case waitTooLong
  }

  /// The schedule's options.
  public let options: RetryOptions
  /// Number of failed attempts so far.
  public private(set) var failedAttempts = 0

  /// Creates a schedule before the first attempt.
  public init(options: RetryOptions) { self.options = options }

  /// Counts a failed attempt and decides whether to retry.
  /// - Parameters:
  ///   - retryAfter: the server's Retry-After, a lower bound of the delay. If it is longer than the options
  ///     allow, there is no retry.
  ///   - generator: the source of the jitter.
  public mutating func failed(
    retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Decision {
    failedAttempts += 1
    guard failedAttempts < options.maxAttempts else { return .exhausted }
    if let retryAfter, retryAfter > options.maxRetryAfter { return .waitTooLong }
    var wait = Self.fullWait(afterAttempt: failedAttempts, options)
    if options.jitter == .full && wait > .zero {
      wait = .nanoseconds(Int64.random(in: 0...wait.nanoseconds, using: &generator))
    }
    return .retry(after: max(wait, retryAfter ?? .zero))
  }

  /// Returns the delay after attempt `n` before jitter. Does not overflow, because growth stops at `maxDelay`.
  static func fullWait(afterAttempt n: Int, _ options: RetryOptions) -> Duration {
    let longest = Double(options.maxDelay.nanoseconds)
    var wait = Double(options.initialDelay.nanoseconds)
    for _ in 1..<max(2, n) where n > 1 && wait < longest { wait *= options.base }
    return min(options.maxDelay, .nanoseconds(Int64(min(wait, longest))))
  }
}
