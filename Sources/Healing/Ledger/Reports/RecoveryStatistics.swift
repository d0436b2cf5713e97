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
