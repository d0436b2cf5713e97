package import Healing

/// What the writer tells the rest of its ledger. Called from the writer's thread.
package struct LedgerEvents: Sendable {
  /// Something that a person should learn of.
  package let notify: @Sendable (LedgerNotice) -> Void
  /// The file was opened, or opened anew, under this number of the run; `isSameRun` is false when the file knows nothing of
  /// the run as it was: it is another ledger.
  package let opened: @Sendable (_ run: Int64, _ isSameRun: Bool) -> Void
  /// Every read connection to the files must be closed: they are not the ones under the path.
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
