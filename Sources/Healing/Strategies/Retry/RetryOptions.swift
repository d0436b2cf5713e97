/// How often a failed attempt is retried, and with which delays.
public struct RetryOptions: Sendable, Hashable {
  /// How a delay is randomised, so that clients do not retry at the same time.
  public enum Jitter: Sendable, Hashable {
    /// Uniformly from zero to the full delay. The default; see Marc Brooker, “Exponential Backoff And Jitter”,
    /// AWS Architecture Blog, 2015.
    case full
    /// The delay as computed.
    case none
  }

  /// Maximum number of attempts including the first, 1...10. Default 3.
  public let maxAttempts: Int
  /// Delay before the second attempt, 0...1 h. Default 1 s.
  public let initialDelay: Duration
  /// Upper bound of the computed delays, `initialDelay`...24 h. Default 60 s, or `initialDelay` if that is
  /// longer.
  public let maxDelay: Duration
  /// The longest delay that a server or an error message may ask for, 0...24 h; a longer one ends the retrying.
  /// Default: the larger of ``maxDelay`` and 60 s.
  public let maxRetryAfter: Duration
  /// Factor between successive delays, 1...100. Default 2.
  public let base: Double
  /// How a delay is randomised. Default full.
  public let jitter: Jitter

  /// The default options.
  public static let standard = RetryOptions()

  private init() {
    maxAttempts = 3
    initialDelay = .seconds(1)
    maxDelay = .seconds(60)
    maxRetryAfter = .seconds(60)
    base = 2
    jitter = .full
  }

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(
    maxAttempts: Int = 3, initialDelay: Duration = .seconds(1), maxDelay: Duration? = nil,
    base: Double = 2, jitter: Jitter = .full, maxRetryAfter: Duration? = nil
  ) throws(InvalidOptionError) {
    try InvalidOptionError.check("RetryOptions.maxAttempts", maxAttempts, in: 1...10)
    try InvalidOptionError.check("RetryOptions.initialDelay", initialDelay, in: .zero...(.seconds(3600)))
    let longest = maxDelay ?? max(.seconds(60), initialDelay)
    try InvalidOptionError.check("RetryOptions.maxDelay", longest, in: initialDelay...(.seconds(86_400)))
    try InvalidOptionError.check("RetryOptions.base", base, in: 1...100)
    let longestAsked = maxRetryAfter ?? max(.seconds(60), longest)
    try InvalidOptionError.check("RetryOptions.maxRetryAfter", longestAsked, in: .zero...(.seconds(86_400)))
    self.maxAttempts = maxAttempts
    self.initialDelay = initialDelay
    self.maxDelay = longest
    self.maxRetryAfter = longestAsked
    self.base = base
    self.jitter = jitter
  }

  /// The action of these options in the ledger: `retry` when `initialDelay` is zero, otherwise `retry_backoff`.
  public var action: RecoveryAction { initialDelay == .zero ? .retry : .retryBackoff }
}
