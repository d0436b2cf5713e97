/// What has happened to the set of components that a ledger knows.
public enum ComponentChange: Sendable, Hashable {
  /// The component is known, for the first time or again.
  case known(ComponentName)
  /// The component is no longer known: the ``LedgerEntry/forgotten(_:id:at:actor:)`` with the id is written.
  case forgotten(ComponentName, id: LedgerID)
}
