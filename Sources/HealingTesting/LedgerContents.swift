public import Healing

/// What a ledger contains, as plain arrays, oldest first: for the assertions at the end of a test.
///
/// ```swift
/// let contents = try await LedgerContents.read(from: ledger)
/// try contents.requireRecovery(.retryBackoff, of: "payments")
/// try contents.requireTransition(to: .open, of: "search")
/// #expect(contents.of("payments").errors.map(\.category) == [.network])
/// ```
///
/// The `require` methods throw an ``ExpectationError``, which fails a test of Swift Testing and of XCTest alike.
public struct LedgerContents: Sendable, Hashable {
  /// Failed attempts.
  public var errors: [ErrorContext] = []
  /// Recoveries that have ended.
  public var recoveries: [RecoveryRecord] = []
  /// State changes of circuits, and operators' actions on them.
  public var transitions: [BreakerTransitionRecord] = []
  /// Alerts.
  public var alerts: [AlertRecord] = []
  /// Calls that an open circuit or a full bulkhead rejected. A component has at most
  /// `RejectedCall.rowsPerSecond` rows per second; ``executions`` counts all.
  public var rejections: [RejectedCall] = []
  /// Executions and their outcomes by component.
  public var executions: [ComponentName: ExecutionTotals] = [:]

  /// Reads everything that a ledger contains. A `Ledger` is flushed first, so that the result contains
  /// everything recorded before the call.
  ///
  /// A row can stand for several errors or recoveries when a ledger merged them under overload; see
  /// `ErrorContext.occurrences`. `InMemoryLedger` keeps at least the newest `InMemoryLedger.rowLimit` rows
  /// of each kind.
  /// - Throws: `LedgerError` when the ledger cannot be written or read.
  public static func read(from ledger: any LedgerReader) async throws(LedgerError) -> LedgerContents {
    if let ledger = ledger as? any Ledger { try await ledger.flush() }
    var contents = LedgerContents(
      errors: try await ledger.errors.recent(component: nil, limit: .max),
      recoveries: try await ledger.recoveries.recent(.all, component: nil, limit: .max),
      transitions: try await ledger.breakers.transitions(component: nil, limit: .max),
      alerts: try await ledger.checks.recentAlerts(component: nil, limit: .max),
      rejections: try await ledger.rejections.recent(component: nil, limit: .max))
    for component in try await ledger.components.all() {
      contents.executions[component.name] =
        try await ledger.recoveries.statistics(.all, component: component.name).executions
    }
    return contents
  }

  /// Returns the rows of one component.
  public func of(_ component: ComponentName) -> LedgerContents {
    LedgerContents(
      errors: errors.filter { $0.component == component },
      recoveries: recoveries.filter { $0.component == component },
      transitions: transitions.filter { $0.component == component },
      alerts: alerts.filter { $0.component == component },
      rejections: rejections.filter { $0.component == component },
      executions: executions.filter { $0.key == component })
  }
}
