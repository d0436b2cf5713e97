import Dispatch
public import Healing
import Synchronization

/// The ledger in an SQLite file.
///
/// ```swift
/// let ledger = try SQLiteLedger(path: "/var/lib/shop/healing.db", identity: ProcessIdentity(release: "2026.11.3"))
/// let engine = try await RecoveryEngine(ledger: ledger)
/// ```
///
/// One process may open a file once; several processes on one host may share it.
public final class SQLiteLedger: Ledger {
  /// The file.
  public let path: String
  /// Number of this run on the ledger.
  public let processID: Int64
  private let writer: LedgerWriter
  // The writer's own, kept here, too: recording goes straight to it.
  private let intake: Intake
  private let ids: LedgerIDGenerator
  private let reader: SQLiteLedgerReader
  // Held until it is closed: the kernel's word that this process is alive.
  private let lock: LedgerLock
  private let watch = Lock<BreakerWatch?>(nil)

  /// Opens a ledger, creating or migrating the file as needed, and marks what earlier runs left undone.
  /// - Parameters:
  ///   - path: where the file is or shall be; on a local disk. It is created with mode 0600.
  ///   - identity: what this run tells of itself.
  ///   - time: the clocks; virtual in tests.
  /// - Throws: `LedgerError` naming what is wrong and the remedy. A file that is no ledger is not touched.
  public init(
    path: String, identity: ProcessIdentity = ProcessIdentity(), time: any TimeSource = SystemTimeSource()
  ) throws(LedgerError) {
    self.path = path
    let file = LedgerFile(path: path)
    try file.checkBeforeWriting()
    let lock = try LedgerLock(file: file)
    let now = time.wallClock()
    let opened: Opened = try lock.withWriteLock { () throws(LedgerError) in
      let connection = try file.openWriter(now: now)
      do throws(SQLiteError) {
        let (process, ids) = try connection.transaction { () throws(SQLiteError) in
          let (process, node) = try ProcessTable.register(identity, at: now, connection)
          return (process, LedgerIDGenerator(node: node, time: time))
        }
        lock.markAlive(process: process)
        let interrupted = try connection.transaction { () throws(SQLiteError) in
          try InterruptedWork.find(process: process, lock: lock, ids: ids, at: now, connection)
        }
        var batchWriter = BatchWriter(connection: connection, process: process, ids: ids, time: time)
        try batchWriter.write(Intake.Batch(interrupted), number: 0, oneByOne: true)
        return Opened(connection: connection, process: process, ids: ids)
      } catch {
        throw file.ledgerError(error)
      }
    }
    self.lock = lock
    processID = opened.process
    ids = opened.ids
    reader = try SQLiteLedgerReader(path: path)
    writer = LedgerWriter(
      file: file, lock: lock, process: opened.process, ids: opened.ids, time: time,
      connection: opened.connection)
    intake = writer.intake
  }

  private struct Opened {
    let connection: Connection
    let process: Int64
    let ids: LedgerIDGenerator
  }

  deinit { intake.close() }

  /// Notes one attempt. Returns at once.
  public func record(_ sample: CallSample) { intake.append(sample) }

  /// Notes something else. Returns at once.
  public func record(_ entry: LedgerEntry) { intake.append(entry) }

  /// Returns when everything recorded before is durable: committed and synchronised to disk.
  /// - Throws: `LedgerError` when it could not be made durable now; the writer goes on trying.
  public func flush() async throws(LedgerError) { try await intake.flush() }

  /// A new id for a row of this ledger.
  public func makeID() -> LedgerID { ids.next() }

  /// Tells `handler` from now on when another process on this host has moved a breaker, within about 100 ms. What this
  /// process moves is no news: two engines on one ledger keep breakers of their own.
  public func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {
    try watching { $0.tell(handler) }
  }

  /// Calls `handler` from now on when a process on this host, or this one, has made a component known or forgotten one,
  /// within about 100 ms.
  public func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError)
    -> Bool
  {
    try watching { $0.tell(handler) }
    return true
  }

  private func watching(_ body: (BreakerWatch) -> Void) throws(LedgerError) {
    try watch.withLock { watch throws(LedgerError) in
      if watch == nil { watch = try BreakerWatch(file: LedgerFile(path: path), process: processID) }
      if let watch { body(watch) }
    }
  }

  /// Writes what is waiting, notes that this run ended well, and checkpoints. Entries recorded afterwards are
  /// lost, so end what records first.
  /// - Throws: `LedgerError` when what was waiting could not be written.
  public func close() async throws(LedgerError) {
    watch.withLock { watch in
      watch?.stop()
      watch = nil
    }
    var problem: LedgerError?
    do throws(LedgerError) { try await flush() } catch { problem = error }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [writer] in
        writer.close()
        continuation.resume()
      }
    }
    if let problem { throw problem }
  }

  /// Failed attempts.
  public var errors: any ErrorRepository { reader.errors }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { reader.samples }
  /// Evaluations of components, and alerts.
  public var checks: any HealthCheckRepository { reader.checks }
  /// Recoveries and the reports on them.
  public var recoveries: any RecoveryRepository { reader.recoveries }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { reader.breakers }
  /// The components known.
  public var components: any ComponentRepository { reader.components }
  /// The programs that wrote.
  public var processes: any ProcessRepository { reader.processes }
  /// What happened, in the order in which it was committed.
  public var feed: any FeedRepository { reader.feed }
}
