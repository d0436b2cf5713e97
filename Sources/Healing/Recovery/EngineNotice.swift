/// A notice to the operator about an engine or its monitor, one log line each.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum EngineNotice: Sendable, Hashable, CustomStringConvertible {
  /// The engine refuses new components from now on, because ``RecoveryEngine/componentLimit`` is reached. Calls on
  /// them run unprotected. Sent at the first refusal, and at the first one after a component was forgotten or the
  /// limit was changed.
  case componentsRefused(first: ComponentName, limit: Int)
  /// A started monitor cannot read the ledger. It judges components by the calls of this process alone.
  case ledgerUnreadable(LedgerError)
  /// The monitor reads the ledger again.
  case ledgerReadable

  /// The notice in one line.
  public var description: String {
    switch self {
    case .componentsRefused(let first, let limit):
      "new components are refused: \(ComponentLimitError(component: first, limit: limit))"
    case .ledgerUnreadable(let error):
      "the monitor cannot read the ledger, and judges by the calls of this process alone: \(error)"
    case .ledgerReadable: "the monitor reads the ledger again"
    }
  }
}
