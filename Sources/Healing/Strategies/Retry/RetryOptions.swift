/// How often a failed attempt is retried, and with which delays.
public struct RetryOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// How a delay is randomised, so that clients do not retry at the same time.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Jitter: String, Sendable, Hashable, Codable {
    /// Uniformly from zero to the full delay. The default; see Marc Brooker, “Exponential Backoff And Jitter”,
    /// AWS Architecture Blog, 2015.
    case full
    /// The delay as computed.
    case none
  }

  /// Maximum number of attempts including the first, 1...10. Default 3.
  public var maxAttempts: Int
  /// Delay before the second attempt, 0...1 h. Default 1 s.
  public var initialDelay: Duration
  /// Upper bound of the computed delays, `initialDelay`...24 h. Default 60 s, or `initialDelay` if that is
  /// longer.
  public var maxDelay: Duration
  /// The longest delay that a server or an error message may ask for, 0...24 h; a longer one ends the retrying.
  /// Default: the larger of ``maxDelay`` and 60 s.
  public var maxRetryAfter: Duration
  /// Factor between successive delays, 1...100. Default 2.
  public var base: Double
  /// How a delay is randomised. Default full.
  public var jitter: Jitter

  /// The default options.
  public static let standard = RetryOptions()

  enum CodingKeys: String, CodingKey {
    case maxAttempts = "max_attempts"
    case initialDelay = "initial_delay_ms"
    case maxDelay = "max_delay_ms"
    case base, jitter
    case maxRetryAfter = "max_retry_after_ms"
  }

  /// Creates options.
  public init(
    maxAttempts: Int = 3, initialDelay: Duration = .seconds(1), maxDelay: Duration? = nil,
    base: Double = 2, jitter: Jitter = .full, maxRetryAfter: Duration? = nil
  ) {
    self.maxAttempts = maxAttempts
    self.initialDelay = initialDelay
    self.maxDelay = maxDelay ?? max(.seconds(60), initialDelay)
    self.maxRetryAfter = maxRetryAfter ?? max(.seconds(60), self.maxDelay)
    self.base = base
    self.jitter = jitter
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      maxAttempts: try fields.decodeIfPresent(Int.self, forKey: .maxAttempts) ?? 3,
      initialDelay: try fields.duration(forKey: .initialDelay) ?? .seconds(1),
      maxDelay: try fields.duration(forKey: .maxDelay),
      base: try fields.decodeIfPresent(Double.self, forKey: .base) ?? 2,
      jitter: try fields.decodeIfPresent(Jitter.self, forKey: .jitter) ?? .full,
      maxRetryAfter: try fields.duration(forKey: .maxRetryAfter))
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(maxAttempts, forKey: .maxAttempts)
    try fields.encode(milliseconds: initialDelay, forKey: .initialDelay)
    try fields.encode(milliseconds: maxDelay, forKey: .maxDelay)
    try fields.encode(base, forKey: .base)
    try fields.encode(jitter, forKey: .jitter)
    try fields.encode(milliseconds: maxRetryAfter, forKey: .maxRetryAfter)
  }

  func check(_ checks: inout OptionChecks) {
    checks.check("RetryOptions.maxAttempts", maxAttempts, from: 1, to: 10)
    checks.check("RetryOptions.initialDelay", initialDelay, from: .zero, to: .seconds(3600))
    checks.check("RetryOptions.maxDelay", maxDelay, from: initialDelay, to: .seconds(86_400))
    checks.check("RetryOptions.base", base, from: 1, to: 100)
    checks.check("RetryOptions.maxRetryAfter", maxRetryAfter, from: .zero, to: .seconds(86_400))
  }

  /// The action of these options in the ledger: `retry` when `initialDelay` is zero, otherwise `retry_backoff`.
  public var action: RecoveryAction { initialDelay == .zero ? .retry : .retryBackoff }
}
