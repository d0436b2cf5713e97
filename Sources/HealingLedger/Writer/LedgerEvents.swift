package import Healing

/// Callbacks of the writer to its ledger. Called on the writer's thread.
package struct LedgerEvents: Sendable {
  /// Called with a notice for an operator.
  package let notify: @Sendable (LedgerNotice) -> Void
  /// Called when the file was opened, or opened again, with the number of the run. `isSameRun` is false when
  /// the file has no row of the earlier run: it is another ledger.
  package let opened: @Sendable (_ run: Int64, _ isSameRun: Bool) -> Void
  /// Called to close every read connection: their files may no longer be those under the path.
  package let closeReaders: @Sendable () -> Void

  package init(
    notify: @escaping @Sendable (LedgerNotice) -> Void,
    opened: @escaping @Sendable (_ run: Int64, _ isSameRun: Bool) -> Void,
    closeReaders: @escaping @Sendable () -> Void
  ) {
    self.notify = notify
    self.opened = opened
    self.closeReaders = closeReaders
  }
}
