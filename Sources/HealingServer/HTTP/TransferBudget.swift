extension ProblemDetails {
  /// The transfer budget is used up.
  static let noRoom = ProblemDetails(
    503, "too many bytes of other requests and responses are in flight", headers: [("Retry-After", "5")])
}

/// Accounts for the bytes of bodies and responses over all connections. A pure state machine.
struct TransferBudget: Sendable {
  /// Maximum number of bytes.
  var limit: Int
  /// Bytes of each body and answer that do not count.
  let uncounted: Int
  private(set) var used = 0

  init(_ limits: HTTPLimits) {
    limit = limits.transferBytes
    uncounted = limits.uncountedBytes
  }

  /// Returns the charge for a body or a response of this size.
  func charge(for bytes: Int) -> Int { max(0, bytes - uncounted) }

  /// Whether a charge fits into the budget.
  func fits(_ charge: Int) -> Bool { used + charge <= limit }

  mutating func replace(_ charge: Int, with next: Int) { used += next - charge }
}
