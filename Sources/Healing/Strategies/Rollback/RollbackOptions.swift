/// How compensations are run.
public struct RollbackOptions: Sendable, Hashable {
  /// Maximum number of attempts of a compensation, 1...10. Default 3. Attempts follow without a delay, so that
  /// a step is undone soon.
  public let maxAttempts: Int
  /// Time limit of each attempt, 1 ms...24 h. Default 30 s. At the limit its task is cancelled.
  public let timeout: Duration

  /// The default options.
  public static let standard = RollbackOptions()

  private init() {
    maxAttempts = 3
    timeout = .seconds(30)
  }

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(maxAttempts: Int = 3, timeout: Duration = .seconds(30)) throws(InvalidOptionError) {
    try InvalidOptionError.check("RollbackOptions.maxAttempts", maxAttempts, in: 1...10)
    try InvalidOptionError.check(
      "RollbackOptions.timeout", timeout, in: .milliseconds(1)...(.seconds(86_400)))
    self.maxAttempts = maxAttempts
    self.timeout = timeout
  }
}
