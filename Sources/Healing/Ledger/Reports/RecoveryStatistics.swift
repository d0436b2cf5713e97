/// The figures of a range in all, by action and by component. The totals of the three agree.
public struct RecoveryStatistics: Sendable, Hashable {
  /// What callers saw: how the executions ended.
  public var executions = ExecutionTotals()
  /// In one figure.
  public var overall: RecoveryTotals
  /// By action, in the vocabulary's order; actions without a recovery are left out.
  public var byAction: [ActionTotals]
  /// By component, by name.
  public var byComponent: [ComponentTotals]

  /// Whether it counts nothing.
  package var isEmpty: Bool { overall.totalRecoveries == 0 && executions == ExecutionTotals() }

  /// Statistics from their parts.
  public init(overall: RecoveryTotals, byAction: [ActionTotals], byComponent: [ComponentTotals]) {
    self.overall = overall
    self.byAction = byAction
    self.byComponent = byComponent
  }
}
