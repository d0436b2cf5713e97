/// How compensations are run.
public struct RollbackOptions: Sendable, Hashable {
  /// How often a compensation is tried, 1...10. Default 3. Without waits: what it undoes should not stand for long.
  public let maxAttempts: Int
  /// How long each try may take, 1 ms...24 h. Default 30 s. Its task is cancelled then.
  public let timeout: Duration

  /// All defaults.
  public static let standard = RollbackOptions()

  private init() {
    maxAttempts = 3
    timeout = .seconds(30)
  }

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``.
  public init(maxAttempts: Int = 3, timeout: Duration = .seconds(30)) throws(InvalidOption) {
    try InvalidOption.check("RollbackOptions.maxAttempts", maxAttempts, in: 1...10)
    try InvalidOption.check("RollbackOptions.timeout", timeout, in: .milliseconds(1)...(.seconds(86_400)))
    self.maxAttempts = maxAttempts
    self.timeout = timeout
  }
}
