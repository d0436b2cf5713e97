/// Time limits of an attempt and of an execution with its recovery. At the limit the operation's task is
/// cancelled; as everywhere in Swift, the operation must react to cancellation.
public struct TimeoutOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Time limit of each attempt, 1 ms...24 h; `nil`: no limit, which is the default.
  public var attempt: Duration?
  /// Time limit of the whole execution, 1 ms...24 h; `nil`: no limit, which is the default.
  public var total: Duration?

  /// No limits.
  public static let none = TimeoutOptions()

  enum CodingKeys: String, CodingKey {
    case attempt = "attempt_ms"
    case total = "total_ms"
  }

  /// Creates options.
  public init(attempt: Duration? = nil, total: Duration? = nil) {
    self.attempt = attempt
    self.total = total
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(attempt: try fields.duration(forKey: .attempt), total: try fields.duration(forKey: .total))
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(milliseconds: attempt, forKey: .attempt)
    try fields.encode(milliseconds: total, forKey: .total)
  }

  func check(_ checks: inout OptionChecks) {
    for (name, limit) in [("attempt", attempt), ("total", total)] {
      guard let limit else { continue }
      checks.check("TimeoutOptions.\(name)", limit, from: .milliseconds(1), to: .seconds(86_400))
    }
  }
}
