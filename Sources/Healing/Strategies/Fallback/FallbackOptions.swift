/// How fallbacks are run.
public struct FallbackOptions: Sendable, Hashable {
  /// Time limit of each fallback, 1 ms...24 h; `nil`: no limit, which is the default. At the limit the
  /// fallback's task is cancelled and the next fallback is run at once; a fallback that ignores cancellation is
  /// abandoned, and its value is dropped. The execution's total limit does not apply to fallbacks, because they
  /// answer when it is over.
  public let timeout: Duration?

  /// No time limit.
  public static let standard = FallbackOptions()

  private init() { timeout = nil }

  /// Creates options, and checks the range.
  /// - Throws: ``InvalidOptionError``.
  public init(timeout: Duration?) throws(InvalidOptionError) {
    if let timeout {
      try InvalidOptionError.check(
        "FallbackOptions.timeout", timeout, in: .milliseconds(1)...(.seconds(86_400)))
    }
    self.timeout = timeout
  }
}
