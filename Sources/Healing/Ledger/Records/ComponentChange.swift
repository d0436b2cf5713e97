/// A change of the set of components that a ledger knows.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum ComponentChange: Sendable, Hashable {
  /// The component became known, for the first time or again.
  case known(ComponentName)
  /// The component was forgotten: the ``LedgerEntry/forgotten(_:id:at:actor:)`` with the id is durable.
  case forgotten(ComponentName, id: LedgerID)
}
