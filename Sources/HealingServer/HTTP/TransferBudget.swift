extension Problem {
  /// The budget is used up.
  static let noRoom = Problem(
    503, "too many bytes of other requests and answers are under way", headers: [("Retry-After", "5")])
}

/// The bytes of bodies and answers under way over all connections, as a pure state.
struct TransferBudget: Sendable {
  /// How many there may be.
  var limit: Int
  /// Bytes of each body and answer that do not count.
  let uncounted: Int
  private(set) var used = 0

  init(_ limits: HTTPLimits) {
    limit = limits.transferBytes
    uncounted = limits.uncountedBytes
  }

  /// What a body or an answer of so many bytes counts.
  func charge(for bytes: Int) -> Int { max(0, bytes - uncounted) }

  /// Whether a charge can be added.
  func fits(_ charge: Int) -> Bool { used + charge <= limit }

  mutating func replace(_ charge: Int, with next: Int) { used += next - charge }
}
