/// Time limits of an attempt and of an execution with its recovery. At the limit the operation's task is
/// cancelled; as everywhere in Swift, the operation must react to cancellation.
public struct TimeoutOptions: Sendable, Hashable {
  /// Time limit of each attempt, 1 ms...24 h; `nil`: no limit, which is the default.
  public let attempt: Duration?
  /// Time limit of the whole execution, 1 ms...24 h; `nil`: no limit, which is the default.
  public let total: Duration?

  /// No limits.
  public static let none = TimeoutOptions()

  private init() {
    attempt = nil
    total = nil
  }

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(attempt: Duration? = nil, total: Duration? = nil) throws(InvalidOptionError) {
    let range = Duration.milliseconds(1)...Duration.seconds(86_400)
    if let attempt { try InvalidOptionError.check("TimeoutOptions.attempt", attempt, in: range) }
    if let total { try InvalidOptionError.check("TimeoutOptions.total", total, in: range) }
    self.attempt = attempt
    self.total = total
  }
}
