public import Healing
import HealingLedger
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
  /// The file, as given.
  public let path: String
  private let writer: LedgerWriter<SQLiteStore>
  // The writer's own, kept here, too: recording goes straight to it.
  private let queue: WriteQueue
  private let ids: LedgerIDGenerator
  private let access: LedgerAccess<SQLiteStore>

  /// Opens a ledger, creating or migrating the file as needed, and marks what earlier runs left undone.
  /// - Parameters:
  ///   - path: where the file is or shall be; on a local disk. It is created with mode 0600. A symbolic link is followed; a
  ///     file with several hard links is refused.
  ///   - identity: what this run tells of itself.
  ///   - options: how it is opened and kept.
  ///   - time: the clocks; virtual in tests.
  ///   - notify: called with what a person should learn of, such as trouble that begins or ends; one line of a log each.
  ///     Called from a thread of the ledger's, which waits for it.
  /// - Throws: `LedgerError` naming what is wrong and the remedy. A file that is no ledger is not touched. When batches are
  ///   missing that were durable, the code is `corrupt`.
  public convenience init(
    path: String, identity: ProcessIdentity = ProcessIdentity(),
    options: SQLiteLedgerOptions = SQLiteLedgerOptions(), time: any TimeSource = SystemTimeSource(),
    notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
  ) throws(LedgerError) {
    try self.init(
      path: path, identity: identity, options: options, time: time, acceptsLoss: false, notify: notify)
  }

  /// Opens a ledger of which batches are missing that were durable, and counts them as lost in a `gap`, once.
  package convenience init(
    acceptingLossAt path: String, identity: ProcessIdentity,
    notify: @escaping @Sendable (LedgerNotice) -> Void
  ) throws(LedgerError) {
    try self.init(
      path: path, identity: identity, options: SQLiteLedgerOptions(), time: SystemTimeSource(),
      acceptsLoss: true,
      notify: notify)
  }

  private init(
    path: String, identity: ProcessIdentity, options: SQLiteLedgerOptions, time: any TimeSource,
    acceptsLoss: Bool, notify: @escaping @Sendable (LedgerNotice) -> Void
  ) throws(LedgerError) {
    self.path = path
    let store = SQLiteStore(
      file: LedgerFile(path: path, allowsFUSE: options.allowsFUSE), logLimit: options.logLimitBytes)
    let ids = LedgerIDGenerator(node: .random(in: 0..<LedgerIDGenerator.nodeCount), time: time)
    let memory = options.whenUnavailable == .continueInMemory ? InMemoryLedger(time: time) : nil
    let access = LedgerAccess(store: store, ids: ids, memory: memory)
    let events = LedgerEvents(
      notify: notify, opened: { access.open(run: $0, isSameRun: $1) }, closeReaders: { access.closeReaders() }
    )
    var session: WriterSession?
    var problem: LedgerError?
    do throws(LedgerError) {
      let opened = try store.open(
        SessionRequest(identity: identity, ids: ids, time: time, acceptsLoss: acceptsLoss))
      var first = opened.session
      do throws(LedgerError) {
        try access.openReader()
      } catch {
        try? first.close(isComplete: true)
        throw error
      }
      if opened.lostBatches > 0 { notify(.batchesLost(opened.lostBatches)) }
      access.open(run: first.runID)
      session = first
    } catch {
      guard options.whenUnavailable == .continueInMemory else { throw error }
      notify(.continuedInMemory(error))
      problem = error
    }
    self.ids = ids
    self.access = access
    writer = LedgerWriter(
      store: store, identity: identity, ids: ids, time: time, session: session, problem: problem,
      events: events)
    queue = writer.queue
  }

  deinit { queue.close() }

  /// Number of this run on the ledger; 0 while the file could not be opened. It changes when another file takes the
  /// place of the ledger while it is open.
  public var processID: Int64 { access.run }

  /// Notes one attempt. Returns at once.
  public func record(_ sample: CallSample) {
    queue.append(sample)
    if !access.isOpen { access.recordInMemory { $0.record(sample) } }
  }

  /// Notes something else. Returns at once.
  public func record(_ entry: LedgerEntry) {
    queue.append(entry)
    if !access.isOpen { access.recordInMemory { $0.record(entry) } }
  }

  /// Returns when everything recorded before is durable: committed and synchronised to disk.
  /// - Throws: `LedgerError` when it could not be made durable now; the writer goes on trying. With code `refused` when the
  ///   database refused something of what was written with it, which is counted in a `gap`.
  public func flush() async throws(LedgerError) { try await queue.flush() }

  /// Returns when everything recorded before can be read; at once when nothing waits, or when it cannot be written now.
  public func settleForReading() async {
    if queue.isIdle && access.isOpen { return }
    if status.problem == nil { try? await flush() }
  }

  /// A new id for a row of this ledger.
  public func makeID() -> LedgerID { ids.next() }

  /// Tells `handler` from now on when another process on this host has moved a breaker, within about 100 ms. What this
  /// process moves is no news: two engines on one ledger keep breakers of their own.
  public func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {
    try access.watching { $0.addHandler(handler) }
  }

  /// Calls `handler` from now on when a process on this host, or this one, has made a component known or forgotten one,
  /// within about 100 ms.
  public func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError)
    -> Bool
  {
    try access.watching { $0.addHandler(handler) }
    return true
  }

  /// How the writing goes. Looks at the files, so a ledger that was moved a moment ago shows.
  public var status: LedgerStatus { writer.status() }

  /// Writes what is waiting, notes that this run ended well, and checkpoints. Entries recorded afterwards are
  /// lost, so end what records first.
  /// - Throws: `LedgerError` when what was waiting could not be written; it says how many events are lost.
  public func close() async throws(LedgerError) {
    access.stopWatching()
    var problem: LedgerError?
    do throws(LedgerError) { try await flush() } catch { problem = error }
    let unwritten = await BlockingThread.run { [writer] in writer.close() }
    guard let problem else { return }
    guard unwritten > 0 else { throw problem }
    throw LedgerError(
      problem.code, ledger: path,
      problem: "\(unwritten) events could not be written and are lost: \(problem.problem)",
      remedy: problem.remedy)
  }

  /// Failed attempts.
  public var errors: any ErrorRepository { access.current.errors }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { access.current.samples }
  /// Evaluations of components, and alerts.
  public var checks: any HealthCheckRepository { access.current.checks }
  /// Recoveries and the reports on them.
  public var recoveries: any RecoveryRepository { access.current.recoveries }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { access.current.breakers }
  /// The components known.
  public var components: any ComponentRepository { access.current.components }
  /// The programs that wrote.
  public var processes: any ProcessRepository { access.current.processes }
  /// What happened, in the order in which it was committed.
  public var feed: any FeedRepository { access.current.feed }
  /// Calls that were not made.
  public var rejections: any RejectionRepository { access.current.rejections }
  /// The policies that components had.
  public var policies: any PolicyRepository { access.current.policies }
}
