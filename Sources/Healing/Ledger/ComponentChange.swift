/// What another process has done to the set of components that a ledger knows.
public enum ComponentChange: Sendable, Hashable {
  /// The component is known, for the first time or again.
  case known(ComponentName)
  /// The component is no longer known.
  case forgotten(ComponentName)
}
