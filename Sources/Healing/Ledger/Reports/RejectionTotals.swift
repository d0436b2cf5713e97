/// Rejected calls of one operation: one row of `rejections`.
public struct RejectionTotals: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The operation's name; `merged` for further operations of a component that has too many.
  public var operation: String
  /// Why the calls were rejected.
  public var reason: RejectionReason
  /// Number of calls.
  public var calls: Int64

  /// Creates a row.
  public init(component: ComponentName, operation: String, reason: RejectionReason, calls: Int64) {
    self.component = component
    self.operation = operation
    self.reason = reason
    self.calls = calls
  }
}

extension RejectionTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, operation, reason, calls
  }

  /// Encodes `component`, `operation`, `reason` and `calls`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(operation, forKey: .operation)
    try container.encode(reason, forKey: .reason)
    try container.encode(calls, forKey: .calls)
  }
}
