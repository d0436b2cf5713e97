/// How often and after which waits a failed attempt is repeated.
public struct RetryOptions: Sendable, Hashable {
  /// How a wait is spread, so that clients do not return all at once.
  public enum Jitter: Sendable, Hashable {
    /// Anything from zero to the full wait, evenly. The default; see Marc Brooker, “Exponential Backoff
    /// And Jitter”, AWS Architecture Blog, 2015.
    case full
    /// The wait as computed.
    case none
  }

  /// Attempts in all, the first included, 1...10. Default 3.
  public let maxAttempts: Int
  /// The wait before the second attempt, 0...1 h. Default 1 s.
  public let initialDelay: Duration
  /// No wait of the schedule is longer, `initialDelay`...24 h. Default 60 s.
  public let maxDelay: Duration
  /// The longest wait that a server or an error message may ask for, 0...24 h; one that asks for more ends the retrying.
  /// Default: the larger of ``maxDelay`` and 60 s.
  public let maxRetryAfter: Duration
  /// Each wait is this many times the one before, 1...100. Default 2.
  public let base: Double
  /// How a wait is spread. Default full.
  public let jitter: Jitter

  /// All defaults.
  public static let standard = RetryOptions()

  private init() {
    maxAttempts = 3
    initialDelay = .seconds(1)
    maxDelay = .seconds(60)
    maxRetryAfter = .seconds(60)
    base = 2
    jitter = .full
  }

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``.
  public init(
    maxAttempts: Int = 3, initialDelay: Duration = .seconds(1), maxDelay: Duration? = nil,
    base: Double = 2, jitter: Jitter = .full, maxRetryAfter: Duration? = nil
  ) throws(InvalidOption) {
    try InvalidOption.check("RetryOptions.maxAttempts", maxAttempts, in: 1...10)
    try InvalidOption.check("RetryOptions.initialDelay", initialDelay, in: .zero...(.seconds(3600)))
    let longest = maxDelay ?? max(.seconds(60), initialDelay)
    try InvalidOption.check("RetryOptions.maxDelay", longest, in: initialDelay...(.seconds(86_400)))
    try InvalidOption.check("RetryOptions.base", base, in: 1...100)
    let longestAsked = maxRetryAfter ?? max(.seconds(60), longest)
    try InvalidOption.check("RetryOptions.maxRetryAfter", longestAsked, in: .zero...(.seconds(86_400)))
    self.maxAttempts = maxAttempts
    self.initialDelay = initialDelay
    self.maxDelay = longest
    self.maxRetryAfter = longestAsked
    self.base = base
    self.jitter = jitter
  }

  /// What a recovery by these options is called: `retry` when there is no wait, else `retry_backoff`.
  public var action: RecoveryAction { initialDelay == .zero ? .retry : .retryBackoff }
}
