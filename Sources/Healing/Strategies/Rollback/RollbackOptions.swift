/// How compensations are run.
public struct RollbackOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Maximum number of attempts of a compensation, 1...10. Default 3. Attempts follow without a delay, so that
  /// a step is undone soon.
  public var maxAttempts: Int
  /// Time limit of each attempt, 1 ms...24 h. Default 30 s. At the limit its task is cancelled.
  public var timeout: Duration

  /// The default options.
  public static let standard = RollbackOptions()

  enum CodingKeys: String, CodingKey {
    case maxAttempts = "max_attempts"
    case timeout = "timeout_ms"
  }

  /// Creates options.
  public init(maxAttempts: Int = 3, timeout: Duration = .seconds(30)) {
    self.maxAttempts = maxAttempts
    self.timeout = timeout
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      maxAttempts: try fields.decodeIfPresent(Int.self, forKey: .maxAttempts) ?? 3,
      timeout: try fields.duration(forKey: .timeout) ?? .seconds(30))
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(maxAttempts, forKey: .maxAttempts)
    try fields.encode(milliseconds: timeout, forKey: .timeout)
  }

  func check(_ checks: inout OptionChecks) {
    checks.check("RollbackOptions.maxAttempts", maxAttempts, from: 1, to: 10)
    checks.check("RollbackOptions.timeout", timeout, from: .milliseconds(1), to: .seconds(86_400))
  }
}
