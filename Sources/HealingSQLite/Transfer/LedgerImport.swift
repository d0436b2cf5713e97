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
  func beginSource(isSalvage: Bool = false) {
    sources = ImportSources()
    sources.isSalvage = isSalvage
    sources.redacts = false
    sources.processes = [:]
  }

  /// The runs of the merged ledger that have a row here, by their numbers there.
  var knownRuns: Set<Int64> { Set((sources.processes ?? [:]).keys) }

  /// Ends the run and checkpoints.
  /// - Parameter isComplete: false after an error: the next start finds the run interrupted.
  /// - Throws: `LedgerError`.
  package func close(isComplete: Bool = true) throws(LedgerError) {
    try session.close(isComplete: isComplete)
  }
}

/// What an import knows of the ledgers that its rows come from, across batches.
struct ImportSources {
  /// A ledger that rows come from.
  struct Source {
    /// Its number in `source_ledger`; ``own`` for the ledger that is written.
    let id: Int64
    /// Whether `source_recovery` and `source_sample` have all of its rows that are here.
    let isCounted: Bool
    /// Whether its rows came with those of another ledger that was merged.
    let isPart: Bool
    /// Whether none of its rows was here before this pass over them. Rows before a watermark are stored only then: later, a row that
    /// is missing here may have been deleted here, and the totals count it.
    var isFresh: Bool
    /// The highest id so far by table: an export has them in their order.
    var lastIDs: [String: Int64] = [:]
    /// Ids of errors that got another one, by the former.
    var moved: [Int64: Int64]

    /// The number of the ledger that is written, whose own rows can come back from an export.
    static let own: Int64 = 0
    var isOwn: Bool { id == Self.own }
  }

  /// By identity.
  private var numbers: [String: Int64] = [:]
  private var last: (identity: String, id: Int64)?
  /// By number.
  var all: [Int64: Source] = [:]

  /// Returns the number of a known source.
  mutating func number(of identity: String) -> Int64? {
    if let last, last.identity == identity { return last.id }
    guard let id = numbers[identity] else { return nil }
    last = (identity, id)
    return id
  }

  mutating func add(_ source: Source, _ identity: String) {
    numbers[identity] = source.id
    all[source.id] = source
  }

  /// The ledger of the last row of components: the rows after it that name no ledger are its rows.
  var context: String?
  /// The identity given to rows that name no ledger.
  static let unknown = ""
  /// The present epoch of components in the ledger that the rows come from.
  var epochs: [ComponentName: Int64] = [:]
  /// Runs of the ledger that rows come from, by their number there; `nil`: all rows belong to the importing run.
  var processes: [Int64: Int64]?
  /// The ledger that is merged, by its number in `source_ledger`.
  var merged: Int64?
  /// Whether the rows are those of a damaged ledger, in any order: only their ids distinguish them.
  var isSalvage = false
  /// The time before which all samples of the merged ledger are taken; `nil`: all are read.
  var samplesFrom: Int64?
  /// Ledgers whose rows are refused, with the reason: they hold rows that are here.
  var refused: [String: String] = [:]
  /// Whether runs that were merged are missing from the merged ledger: it is an older copy, or was restored from one.
  var isRestored = false
  /// Minutes into which rows came although the ledger has executions of them: of this ledger itself, or of a restored one.
  var reopened: Set<Minute> = []
  /// A component's minute.
  struct Minute: Hashable {
    let component: Int64
    let at: Int64
  }
  /// The earliest minute before ``samplesFrom`` of which calls are missing here.
  var lateMinute: Int64?
  /// Whether texts are redacted: those of a ledger have been.
  var redacts = true
}
