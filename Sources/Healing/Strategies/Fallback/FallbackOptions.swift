/// How fallbacks are run.
public struct FallbackOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Time limit of each fallback, 1 ms...24 h; `nil`: no limit, which is the default. At the limit the
  /// fallback's task is cancelled and the next fallback is run at once; a fallback that ignores cancellation is
  /// abandoned, and its value is dropped. The execution's total limit does not apply to fallbacks, because they
  /// answer when it is over.
  public var timeout: Duration?

  /// No time limit.
  public static let standard = FallbackOptions()

  enum CodingKeys: String, CodingKey {
    case timeout = "timeout_ms"
  }

  /// Creates options.
  public init(timeout: Duration? = nil) { self.timeout = timeout }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    timeout = try decoder.container(keyedBy: CodingKeys.self).duration(forKey: .timeout)
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(milliseconds: timeout, forKey: .timeout)
  }

  func check(_ checks: inout OptionChecks) {
    guard let timeout else { return }
    checks.check("FallbackOptions.timeout", timeout, from: .milliseconds(1), to: .seconds(86_400))
  }
}
