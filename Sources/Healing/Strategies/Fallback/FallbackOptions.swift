/// How fallbacks are asked.
public struct FallbackOptions: Sendable, Hashable {
  /// How long each fallback may take, 1 ms...24 h; `nil`: no limit, which is the default. When the time is over its
  /// task is cancelled and the next one is asked at once; a fallback that does not heed its cancellation runs on, and its
  /// answer is dropped. The execution's total limit does not bound fallbacks: they are what
  /// answers when that time is over.
  public let timeout: Duration?

  /// No limit.
  public static let standard = FallbackOptions()

  private init() { timeout = nil }

  /// Checks the range.
  /// - Throws: ``InvalidOption``.
  public init(timeout: Duration?) throws(InvalidOption) {
    if let timeout {
      try InvalidOption.check(
        "FallbackOptions.timeout", timeout, in: .milliseconds(1)...(.seconds(86_400)))
    }
    self.timeout = timeout
  }
}
