/// The recovery totals of a range overall, by action and by component. The three agree.
public struct RecoveryStatistics: Sendable, Hashable {
  /// The outcomes of the executions, as callers saw them.
  public var executions = ExecutionTotals()
  /// The overall totals.
  public var overall: RecoveryTotals
  /// By action, in the order of ``RecoveryAction``; actions without a recovery are omitted.
  public var byAction: [ActionTotals]
  /// By component, sorted by name.
  public var byComponent: [ComponentTotals]

  /// Whether there are no recoveries and no executions.
  package var isEmpty: Bool { overall.totalRecoveries == 0 && executions == ExecutionTotals() }

  /// Creates statistics.
  public init(overall: RecoveryTotals, byAction: [ActionTotals], byComponent: [ComponentTotals]) {
    self.overall = overall
    self.byAction = byAction
    self.byComponent = byComponent
  }
}

extension RecoveryStatistics: Encodable {
  /// ``RecoveryStatistics/executions`` and ``RecoveryStatistics/overall`` as one object.
  package struct Overall: Encodable {
    let executions: ExecutionTotals
    let recoveries: RecoveryTotals

    package init(_ statistics: RecoveryStatistics) {
      (executions, recoveries) = (statistics.executions, statistics.overall)
    }

    package func encode(to encoder: any Encoder) throws {
      try executions.encode(to: encoder)
      try recoveries.encode(to: encoder)
    }
  }

  private enum CodingKeys: String, CodingKey {
    case overall
    case byAction = "by_action"
    case byComponent = "by_component"
  }

  /// Encodes the fields of `GET /recovery/stats` without `range`. A group has the fields of ``GroupTotals``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Overall(self), forKey: .overall)
    let actions = byAction.map { ($0.action.rawValue, $0.totals) }
    try container.encode(Dictionary(actions, uniquingKeysWith: { $1 }), forKey: .byAction)
    let components = byComponent.map { ($0.component.text, $0.totals) }
    try container.encode(Dictionary(components, uniquingKeysWith: { $1 }), forKey: .byComponent)
  }
}
