public import Healing

extension LedgerContents {
  /// Returns the last recovery of a component by an action and with an outcome.
  /// - Parameters:
  ///   - action: the action. A retry without a delay is `RecoveryAction.retry`, one with a delay
  ///     `RecoveryAction.retryBackoff`: `RetryOptions.action`.
  ///   - component: the component.
  ///   - outcome: how the recovery ended. Default: it succeeded.
  /// - Throws: ``ExpectationError`` that lists the component's recoveries.
  @discardableResult
  public func requireRecovery(
    _ action: RecoveryAction, of component: ComponentName, outcome: RecoveryRecord.Outcome = .succeeded
  ) throws(ExpectationError) -> RecoveryRecord {
    try Self.last(
      of(component).recoveries, "a \(action.rawValue) of \(component) that ended as \(outcome.rawValue)",
      { "\($0.action.rawValue) of \($0.operation): \($0.outcome.rawValue), attempts: \($0.attempts)" },
      where: { $0.action == action && $0.outcome == outcome })
  }

  /// Returns the last transition of a component's circuit to a state.
  /// - Throws: ``ExpectationError`` that lists the circuit's transitions.
  @discardableResult
  public func requireTransition(
    to state: CircuitState, of component: ComponentName
  ) throws(ExpectationError) -> BreakerTransitionRecord {
    try Self.last(
      of(component).transitions, "a transition of \(component) to \(state.rawValue)",
      { "\($0.from.rawValue) to \($0.to.rawValue): \($0.reason)" },
      where: { $0.to == state && $0.from != state })
  }

  /// Returns the last error of a component in a category.
  /// - Throws: ``ExpectationError`` that lists the component's errors.
  @discardableResult
  public func requireError(
    _ category: ErrorCategory, of component: ComponentName
  ) throws(ExpectationError) -> ErrorContext {
    try Self.last(
      of(component).errors, "a \(category.rawValue) error of \(component)",
      { "\($0.category.rawValue) in \($0.operation), attempt \($0.attempt): \($0.message)" },
      where: { $0.category == category })
  }

  /// Returns the last alert of a kind about a component.
  /// - Throws: ``ExpectationError`` that lists the alerts about the component.
  @discardableResult
  public func requireAlert(
    _ kind: AlertRecord.Kind, about component: ComponentName
  ) throws(ExpectationError) -> AlertRecord {
    try Self.last(
      of(component).alerts, "a \(kind.rawValue) alert about \(component)",
      { "\($0.kind.rawValue), \($0.status.rawValue): \($0.message)" },
      where: { $0.kind == kind })
  }

  /// Checks how many executions of a component ended with an outcome.
  /// - Parameters:
  ///   - outcome: the outcome; executions that succeed at their first attempt have none.
  ///   - count: the exact number of executions.
  ///   - component: the component.
  /// - Throws: ``ExpectationError`` that lists the component's numbers of all outcomes.
  public func requireExecutions(
    _ outcome: ExecutionOutcome, _ count: Int64 = 1, of component: ComponentName
  ) throws(ExpectationError) {
    let totals = executions[component] ?? ExecutionTotals()
    guard totals.count(outcome) != count else { return }
    throw ExpectationError(
      expected: "\(count) \(outcome.rawValue) executions of \(component)",
      found: ["executions: \(totals.executions)", "rejected: \(totals.rejected)"]
        + ExecutionOutcome.allCases.map { "\($0.rawValue): \(totals.count($0))" })
  }

  private static func last<Row>(
    _ rows: [Row], _ expected: @autoclosure () -> String, _ words: (Row) -> String,
    where fits: (Row) -> Bool
  ) throws(ExpectationError) -> Row {
    guard let row = rows.last(where: fits) else {
      throw ExpectationError(expected: expected(), found: rows.map(words))
    }
    return row
  }
}

extension ExecutionTotals {
  fileprivate func count(_ outcome: ExecutionOutcome) -> Int64 {
    switch outcome {
    case .saved: saved
    case .degraded: degraded
    case .undone: undone
    case .lost: lost
    case .interrupted: interrupted
    }
  }
}
