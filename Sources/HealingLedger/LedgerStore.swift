package import Healing

/// Stores a ledger's batches and reads them: an SQLite file, a database server.
///
/// A ``LedgerWriter`` owns one session at a time and calls it from one thread. Reading and watching use connections apart
/// from the session.
package protocol LedgerStore: Sendable {
  associatedtype Session: LedgerSession

  /// The place of the store, as given; errors name it.
  var path: String { get }
  /// Error for a store that is not at its place.
  var missingError: LedgerError { get }
  /// Bytes on disk of the ledger and of its write-ahead log; 0 for a store without files.
  var sizes: (ledger: Int64, log: Int64) { get }

  /// Opens a session: registers the run, or finds its row from an earlier session, and marks what dead runs left undone.
  /// - Throws: `LedgerError`; then the run has no open row.
  func open(_ request: SessionRequest<Session.Earlier>) throws(LedgerError) -> OpenedSession<Session>

  /// The read side. Sees what is durable.
  var reader: any LedgerReader { get }
  /// Opens the read side, so that a problem shows where the caller can handle it.
  func openReader() throws(LedgerError)
  /// Closes the read side; the next read opens it again.
  func closeReader()
  /// Begins to poll for the changes of other processes.
  /// - Parameters:
  ///   - ids: of this process; kept above all ids that other processes wrote.
  ///   - isNews: whether what is stored now is reported as changed.
  func makeChangePoller(ids: LedgerIDGenerator, isNews: Bool) throws(LedgerError) -> any StoreChangePoller
}

/// An open store as the writer uses it. Acknowledges a batch only when it is durable at the store's place.
package protocol LedgerSession {
  /// State that the next session of the same run compares with.
  associatedtype Earlier

  /// Number of the run on the ledger.
  var runID: Int64 { get }
  /// Checks that the open store is at its place; usable from any thread, also after the session has ended.
  var placeCheck: @Sendable () throws(LedgerError) -> Void { get }

  /// Writes a batch under its number, once: a batch that an earlier attempt committed is not written again.
  /// - Parameters:
  ///   - again: whether an earlier attempt may have committed it.
  ///   - oneByOne: whether entries that the store refuses are left out and counted in a `gap`.
  mutating func write(_ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool) -> WriteAttempt
  /// Checks that all files of the store are in place and unchanged by foreign programs.
  mutating func check() throws(LedgerError)
  /// Checks, then marks runs that ended without saying so, and what they left undone.
  /// - Parameter lastBatch: number of this run's last acknowledged batch.
  mutating func upkeep(lastBatch: Int64) throws(LedgerError)
  /// Compacts the store outside of any commit, if it is due. Errors are left to the next check.
  /// - Parameter isQuiet: no batch is waiting.
  mutating func compact(isQuiet: Bool)
  /// Ends the session and the run.
  /// - Parameter isComplete: whether everything recorded is written; if not, the next start finds the run interrupted.
  mutating func close(isComplete: Bool) throws(LedgerError)
  /// Ends the run without writing to the store.
  mutating func abandon()
  /// Ends the session but not the run, and saves rows that only this session's files hold.
  /// - Parameter acknowledged: number of the last acknowledged batch.
  mutating func retire(acknowledged: Int64, notify: (LedgerNotice) -> Void) -> Earlier
}

/// Parameters of opening a session.
package struct SessionRequest<Earlier> {
  package let identity: ProcessIdentity
  package let ids: LedgerIDGenerator
  package let time: any TimeSource
  /// State of the run's former session; `nil` the first time. Later a missing store is not created.
  package var earlier: Earlier?
  /// Whether durable batches that are missing from the store are counted as lost in a `gap`; if not, they are an error.
  package var acceptsLoss: Bool
  package var notify: @Sendable (LedgerNotice) -> Void

  package init(
    identity: ProcessIdentity, ids: LedgerIDGenerator, time: any TimeSource, earlier: Earlier? = nil,
    acceptsLoss: Bool = false, notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
  ) {
    self.identity = identity
    self.ids = ids
    self.time = time
    self.earlier = earlier
    self.acceptsLoss = acceptsLoss
    self.notify = notify
  }
}

/// A session and what opening it found.
package struct OpenedSession<Session: LedgerSession> {
  package let session: Session
  /// Acknowledged batches that the store does not hold.
  package let lostBatches: Int64
  /// Whether the store has the run of the former session; false for the first session.
  package let isSameRun: Bool

  package init(session: Session, lostBatches: Int64, isSameRun: Bool) {
    self.session = session
    self.lostBatches = lostBatches
    self.isSameRun = isSameRun
  }
}

/// Result of one attempt to write a batch.
package enum WriteAttempt {
  /// The batch is durable at the store's place.
  /// - refused: events that the store refused.
  case durable(refused: Int64)
  /// The store refuses an entry; the batch must be written entry by entry.
  case refused(LedgerError)
  /// The batch is not written, or the commit cannot be relied on.
  /// - isUsable: whether the session can be used for another attempt.
  case failed(LedgerError, isUsable: Bool)
}

/// Polls a store for the changes of other processes and calls its handlers from a separate queue.
package protocol StoreChangePoller: Sendable {
  /// Adds a handler for breakers that other processes changed.
  func addHandler(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void)
  /// Adds a handler for components that became known or were forgotten.
  func addHandler(_ handler: @escaping @Sendable ([ComponentChange]) -> Void)
  /// Reports everything in the store as changed: another store has taken its place.
  func beginAnew()
  /// Closes the connection; the next poll opens it again.
  func closeReader()
  func stop()
}
