import Healing
import HealingLedger
import Synchronization

/// An SQLite file as the store of a ledger.
final class SQLiteStore: LedgerStore {
  private let file: LedgerFile
  private let logLimit: Int64
  private let retention: RetentionOptions?
  private let reserveBytes: Int64
  private let readers: ReaderPool
  private let sqliteReader: SQLiteLedgerReader
  /// A file that was found damaged, and the error: it is not read through again until it changes.
  private let condemned = Lock<(ledger: FileIdentity, error: LedgerError)?>(nil)

  /// - Parameters:
  ///   - logLimit: bytes of log past which a batch waits for the log to be copied into the ledger.
  ///   - retention: which rows the writer deletes; `nil` for none.
  ///   - reserveBytes: size of the reserve file; 0 for none.
  ///   - readDeadline: the longest duration of a read.
  init(
    file: LedgerFile, logLimit: Int64, retention: RetentionOptions? = nil, reserveBytes: Int64 = 0,
    readDeadline: Duration = ReaderPool.deadline
  ) {
    self.reserveBytes = reserveBytes
    self.file = file
    self.logLimit = logLimit
    self.retention = retention
    readers = ReaderPool(unopened: file, deadline: readDeadline)
    sqliteReader = SQLiteLedgerReader(readers: readers)
  }

  var path: String { file.path }
  var missingError: LedgerError { file.moved(file.location) }
  var sizes: (ledger: Int64, log: Int64) {
    (FileIdentity(path: file.location)?.size ?? 0, FileIdentity(path: file.logPath)?.size ?? 0)
  }

  func open(_ request: SessionRequest<WriterSession.Earlier>) throws(LedgerError)
    -> OpenedSession<WriterSession>
  {
    let ledger = FileIdentity(path: file.location)
    if let known = condemned.withLock({ $0 }), ledger?.isUnchanged(since: known.ledger) == true {
      throw known.error
    }
    condemned.withLock { $0 = nil }
    do throws(LedgerError) {
      return try WriterSession.open(
        file, logLimit: logLimit, retention: retention.map { ($0, reserveBytes) }, request)
    } catch {
      if request.earlier != nil && error.code == .corrupt, let ledger = FileIdentity(path: file.location) {
        condemned.withLock { $0 = (ledger, error) }
      }
      throw error
    }
  }

  var reader: any LedgerReader { sqliteReader }
  func openReader() throws(LedgerError) { try readers.open() }
  func closeReader() { readers.close() }

  func makeChangePoller(ids: LedgerIDGenerator, isNews: Bool) throws(LedgerError) -> any StoreChangePoller {
    try BreakerChangePoller(file: file, ids: ids, isNews: isNews)
  }
}
