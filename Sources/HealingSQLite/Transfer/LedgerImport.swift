package import Healing
import HealingLedger

/// Writes rows of other origin into a ledger, in the way a writer does: a registered run, the write lock between
/// processes, one transaction a batch with its roll-ups. Used by one thread at a time.
package final class LedgerImport {
  private var session: WriterSession
  private let ids: LedgerIDGenerator
  private let time: any TimeSource
  private var lastBatch: Int64 = 0
  private var sources = ImportSources()

  /// Opens the ledger for writing, creates or migrates the file as needed.
  /// - Throws: `LedgerError`.
  package init(
    path: String, identity: ProcessIdentity, time: any TimeSource = SystemTimeSource(),
    notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
  ) throws(LedgerError) {
    self.time = time
    ids = LedgerIDGenerator(node: .random(in: 0..<LedgerIDGenerator.nodeCount), time: time)
    let opened = try WriterSession.open(
      LedgerFile(path: path), logLimit: SQLiteLedgerOptions().logLimitBytes,
      SessionRequest(identity: identity, ids: ids, time: time, notify: notify))
    if opened.lostBatches > 0 { notify(.batchesLost(opened.lostBatches)) }
    session = opened.session
  }

  /// Writes what `body` inserts in one transaction.
  /// - Throws: `LedgerError`; then none of the rows is known to be written.
  package func write(_ body: (inout ImportBatch) throws(SQLiteError) -> Void) throws(LedgerError) {
    lastBatch += 1
    // Read before: the session is being changed while the rows are written.
    let (former, run) = (sources, session.runID)
    do throws(LedgerError) {
      try session.write(number: lastBatch) { connection throws(SQLiteError) in
        var batch = ImportBatch(connection: connection, run: run, ids: ids, time: time, sources: sources)
        try body(&batch)
        try batch.end()
        sources = batch.sources
      }
    } catch {
      sources = former
      throw error
    }
    session.compact(isQuiet: false)
  }

  /// Makes the rows from now on those of one other ledger, whose writer has removed secrets.
  func beginSource() {
    sources = ImportSources()
    sources.redacts = false
    sources.countsRows = false
    sources.processes = [:]
  }

  /// Ends the run and checkpoints.
  /// - Parameter isComplete: false after an error: the next start finds the run interrupted.
  /// - Throws: `LedgerError`.
  package func close(isComplete: Bool = true) throws(LedgerError) {
    try session.close(isComplete: isComplete)
  }
}

/// What an import knows of the ledgers that its rows come from, across batches.
struct ImportSources {
  /// Rows of `source_ledger` by identity.
  var ids: [String: Int64] = [:]
  /// The present epoch of components in the ledger that the rows come from.
  var epochs: [ComponentName: Int64] = [:]
  /// Runs of the ledger that rows come from, by their number there; `nil`: all rows belong to the importing run.
  var processes: [Int64: Int64]?
  /// The ledger that is merged, by its number in `source_ledger`.
  var merged: Int64?
  /// The ledger whose rows are counted in `source_recovery` and `source_sample`, by its number in `source_ledger`.
  var counted: Int64?
  /// Whether rows after components are counted as those of the components' ledger.
  var countsRows = true
  /// Ids of rows that got another one, by the former.
  var moved: [Int64: Int64] = [:]
  /// Whether texts are redacted: those of a ledger have been.
  var redacts = true
}
