/// The waits of one execution, as a pure state machine.
///
/// The wait after attempt *n* is `min(maxDelay, initialDelay · base^(n-1))`, spread by the jitter;
/// a server's Retry-After is its lower bound, and ends the schedule when it is longer than `maxRetryAfter`.
public struct RetrySchedule: Sendable {
  /// What to do after a failed attempt.
  public enum Decision: Sendable, Hashable {
    /// Wait, then try again.
    case retry(after: Duration)
    /// No attempt is left.
    case exhausted
    /// The server asks for a longer wait than the options allow.
    case waitTooLong
  }

  /// The options it follows.
  public let options: RetryOptions
  /// Attempts that have failed so far.
  public private(set) var failedAttempts = 0

  /// A schedule before its first attempt.
  public init(options: RetryOptions) { self.options = options }

  /// Notes a failed attempt and decides.
  /// - Parameters:
  ///   - retryAfter: the server's own word; the wait is never shorter, and none when it is longer than allowed.
  ///   - generator: where jitter comes from.
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

  /// The wait after attempt `n` before jitter. Cannot overflow: growth stops at `maxDelay`.
  static func fullWait(afterAttempt n: Int, _ options: RetryOptions) -> Duration {
    let longest = Double(options.maxDelay.nanoseconds)
    var wait = Double(options.initialDelay.nanoseconds)
    for _ in 1..<max(2, n) where n > 1 && wait < longest { wait *= options.base }
    return min(options.maxDelay, .nanoseconds(Int64(min(wait, longest))))
  }
}
