import Healing

/// Callbacks of the writer to its ledger. Called on the writer's thread.
struct LedgerEvents: Sendable {
  /// Called with a notice for an operator.
  let notify: @Sendable (LedgerNotice) -> Void
  /// Called when the file was opened, or opened again, with the number of the run. `isSameRun` is false when
  /// the file has no row of the earlier run: it is another ledger.
  let opened: @Sendable (_ run: Int64, _ isSameRun: Bool) -> Void
  /// Called to close every read connection: their files may no longer be those under the path.
  let closeReaders: @Sendable () -> Void
}
