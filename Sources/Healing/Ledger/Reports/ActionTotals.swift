/// Recoveries by action: one row of `by_action`.
public struct ActionTotals: Sendable, Hashable {
  /// The action.
  public var action: RecoveryAction
  /// The totals.
  public var totals: GroupTotals

  /// Creates a row.
  public init(action: RecoveryAction, totals: GroupTotals) {
    self.action = action
    self.totals = totals
  }
}

extension ActionTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case action
  }

  /// Encodes `action` beside the fields of ``totals``.
  public func encode(to encoder: any Encoder) throws {
    try totals.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(action, forKey: .action)
  }
}
