/// Records errors, recoveries, samples and state, and reads them back.
///
/// Recording never blocks the caller on I/O and never fails. Entries go into a bounded queue that one writer
/// drains in batches, each in one transaction over all repositories. When entries arrive faster than they can
/// be stored, detail is merged; counts stay exact and a gap is recorded.
public protocol Ledger: LedgerReader {
  /// Records one attempt. For the per-call path: does not block on I/O.
  func record(_ sample: CallSample)
  /// Records an entry. Does not block on I/O. A component records circuit changes while it holds its lock, so
  /// this method must not call an engine or a component.
  func record(_ entry: LedgerEntry)
  /// Returns when everything recorded before the call is durable.
  /// - Throws: ``LedgerError`` when it could not be made durable now. The entries are kept, and the writer
  ///   retries.
  func flush() async throws(LedgerError)
  /// Returns when everything recorded before the call can be read, at once when it cannot be written now, and after
  /// about 1 s when the writer hangs; reads then return what is durable. Leaves the report of refused entries to
  /// ``flush()``.
  func settleForReading() async
  /// Returns a new id for a row of this ledger.
  func makeID() -> LedgerID
  /// Calls `handler` from now on when another process has changed a breaker's state or override, with the
  /// breaker as that process left it. An engine applies the parts that have a higher
  /// ``BreakerSnapshot/stateVersion`` or ``BreakerSnapshot/overrideVersion`` than its own. A second call
  /// replaces the handler.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError)
  /// The current state of the writer.
  var status: LedgerStatus { get }
  /// Calls `handler` from now on with the changes of the set of components, in commit order: those that this
  /// process records and those of others. A second call adds a handler.
  /// - Returns: whether the handler will be called. A ledger that is not shared need not call it.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError) -> Bool
}

extension Ledger {
  /// Flushes, unless the ledger cannot be written. Waits at most 1 s.
  public func settleForReading() async {
    guard status.problem == nil else { return }
    _ = await withTimeout(for: .seconds(1), time: SystemTimeSource()) { try await self.flush() }
  }

  /// A status without pending entries.
  public var status: LedgerStatus { LedgerStatus() }

  /// Does nothing: the ledger is not shared.
  public func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {}

  /// Returns `false`: the ledger is not shared.
  public func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError)
    -> Bool
  { false }
}
