public import Healing
import HealingLedger
import Synchronization

/// A ledger in an SQLite file.
///
/// ```swift
/// let ledger = try await SQLiteLedger.open(
///   path: "/var/lib/shop/healing.db", identity: ProcessIdentity(release: "2026.11.3"))
/// let engine = try await RecoveryEngine(ledger: ledger)
/// ```
///
/// One process may open a file once; several processes on one host may share it.
///
/// A process that exits without ``close()``, by `exit` or a return from `main`, waits up to 1 s until the waiting entries of its
/// open ledgers are durable. The next start marks the run interrupted. After a crash, a signal or `_exit` the entries of the last
/// milliseconds are lost, and the calls of the last second (``SQLiteLedgerOptions/sampleDelay``,
/// ``SQLiteLedgerOptions/sampleDetail``).
public final class SQLiteLedger: Ledger {
  /// The path as given.
  public let path: String
  private let writer: LedgerWriter<SQLiteStore>
  // The writer's queue, kept here too, because recording uses it directly.
  private let queue: WriteQueue
  private let ids: LedgerIDGenerator
  private let access: LedgerAccess<SQLiteStore>

  /// Opens a ledger as ``init(path:identity:options:time:notify:)`` does, on a dedicated thread. Opening reads and
  /// writes files, can wait seconds for another process, and can migrate a large file; the initializer blocks its
  /// thread meanwhile.
  ///
  /// Cancelling the task does not end the opening.
  /// - Parameters:
  ///   - path: path of the file, on a local disk.
  ///   - identity: identity that this run records.
  ///   - options: how the file is opened and kept.
  ///   - time: the clocks; virtual in tests.
  ///   - notify: called with notices for an operator. Called on a thread of the ledger, which waits for the call
  ///     to return.
  /// - Throws: `LedgerError` that names the problem and the remedy.
  public static func open(
    path: String, identity: ProcessIdentity = ProcessIdentity(),
    options: SQLiteLedgerOptions = SQLiteLedgerOptions(), time: any TimeSource = SystemTimeSource(),
    notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
  ) async throws(LedgerError) -> SQLiteLedger {
    try await BlockingThread.run { () throws(LedgerError) in
      try SQLiteLedger(path: path, identity: identity, options: options, time: time, notify: notify)
    }
  }

  /// Opens a ledger, creates or migrates the file as needed, and marks unfinished recoveries of earlier runs
  /// interrupted. Blocks the calling thread; ``open(path:identity:options:time:notify:)`` does not.
  /// - Parameters:
  ///   - path: path of the file, on a local disk. The file is created with mode 0600. A symbolic link is
  ///     followed; a file with several hard links is rejected.
  ///   - identity: identity that this run records.
  ///   - options: how the file is opened and kept.
  ///   - time: the clocks; virtual in tests.
  ///   - notify: called with notices for an operator, such as the begin or end of trouble; each is one line of
  ///     a log. Called on a thread of the ledger, which waits for the call to return.
  /// - Throws: `LedgerError` that names the problem and the remedy. A file that is not a ledger is not changed.
  ///   The code is `corrupt` when durable batches are missing.
  public convenience init(
    path: String, identity: ProcessIdentity = ProcessIdentity(),
    options: SQLiteLedgerOptions = SQLiteLedgerOptions(), time: any TimeSource = SystemTimeSource(),
    notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
  ) throws(LedgerError) {
    try self.init(
      path: path, identity: identity, options: options, time: time, acceptsLoss: false, notify: notify)
  }

  /// Opens a ledger with missing durable batches and counts them once as lost in a `gap`.
  package convenience init(
    acceptingLossAt path: String, identity: ProcessIdentity,
    notify: @escaping @Sendable (LedgerNotice) -> Void
  ) throws(LedgerError) {
    try self.init(
      path: path, identity: identity, options: SQLiteLedgerOptions(retention: nil), time: SystemTimeSource(),
      acceptsLoss: true,
      notify: notify)
  }

  private init(
    path: String, identity: ProcessIdentity, options: SQLiteLedgerOptions, time: any TimeSource,
    acceptsLoss: Bool, notify: @escaping @Sendable (LedgerNotice) -> Void
  ) throws(LedgerError) {
    self.path = path
    let store = SQLiteStore(
      file: LedgerFile(path: path, allowsFUSE: options.allowsFUSE), logLimit: options.logLimitBytes,
      retention: options.retention, reserveBytes: options.reserveBytes, readDeadline: options.readDeadline)
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
      pace: options.pace, events: events)
    queue = writer.queue
  }

  deinit { queue.close() }

  /// Number of this run on the ledger; 0 while the file could not be opened. It changes when another file
  /// replaces the open ledger.
  public var processID: Int64 { access.run }

  /// Records one attempt. Does not block.
  public func record(_ sample: CallSample) {
    queue.append(sample)
    if !access.isOpen { access.recordInMemory { $0.record(sample) } }
  }

  /// Records another entry. Does not block.
  public func record(_ entry: LedgerEntry) {
    queue.append(entry)
    if !access.isOpen { access.recordInMemory { $0.record(entry) } }
  }

  /// Returns when everything recorded before is durable: committed and synchronised to disk.
  /// - Throws: `LedgerError` when it could not be made durable now; the writer keeps retrying. The code is
  ///   `refused` when the database refused some of the entries, which a `gap` counts.
  public func flush() async throws(LedgerError) { try await queue.flush() }

  /// Returns when everything recorded before can be read; immediately when no entry waits or writing fails at
  /// present, and after 1 s when the writer hangs.
  public func settleForReading() async {
    if queue.isIdle && access.isOpen { return }
    guard status.problem == nil else { return }
    let queue = queue
    _ = await withTimeout(for: .seconds(1), time: SystemTimeSource()) {
      await withCheckedContinuation { continuation in
        // Refusals are for the application's own flush.
        queue.flush(reportsRefusals: false) { _ in continuation.resume() }
      }
    }
  }

  /// Creates an id for a row of this ledger.
  public func makeID() -> LedgerID { ids.next() }

  /// Calls `handler` within about 100 ms after another process on this host has changed a breaker. Changes by
  /// this process are not reported: two engines of one process have separate breakers.
  public func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {
    try access.watching { $0.addHandler(handler) }
  }

  /// Calls `handler` within about 100 ms after this or another process on this host has made a component known
  /// or forgotten one.
  public func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError)
    -> Bool
  {
    try access.watching { $0.addHandler(handler) }
    return true
  }

  /// Status of the writer. Also checks the files, so that a moved ledger is reported immediately.
  public var status: LedgerStatus { writer.status() }

  /// Returns a stream of ``status``: the current one, then one after each commit, each failed write, the begin and
  /// end of trouble, and when the writer takes merged entries. Ends when the ledger is closed.
  ///
  /// Each caller gets a separate stream. A slow reader gets only the newest status. Under load there are hundreds of
  /// commits a second, and each status checks the files. While the writer hangs, for example in a system call,
  /// there is no change: read ``status`` and its `LedgerStatus.heartbeat` to detect that.
  public func statusChanges() -> AsyncStream<LedgerStatus> { writer.statusChanges() }

  /// Writes all waiting entries, records the regular end of this run, and checkpoints. Entries recorded
  /// afterwards are lost, so stop recording first.
  /// - Throws: `LedgerError` when waiting entries could not be written; it has the number of lost events.
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

  /// Waits until the task is cancelled, then closes the ledger as ``close()`` does. For a service group or a task
  /// group.
  ///
  /// Entries recorded after the cancellation can be lost, so cancel this task after the tasks that record have
  /// ended. Returns without an error when the ledger was closed before.
  /// - Throws: `LedgerError` when waiting entries could not be written; it has the number of lost events.
  public func run() async throws(LedgerError) {
    await waitForCancellation()
    do throws(LedgerError) { try await close() } catch {
      // The earlier call of `close()` has reported lost events.
      if error.code != .closed { throw error }
    }
  }

  /// Failed attempts.
  public var errors: any ErrorRepository { access.current.errors }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { access.current.samples }
  /// Health checks and alerts.
  public var checks: any HealthCheckRepository { access.current.checks }
  /// Recoveries and their reports.
  public var recoveries: any RecoveryRepository { access.current.recoveries }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { access.current.breakers }
  /// Known components.
  public var components: any ComponentRepository { access.current.components }
  /// Runs of the programs that wrote to the ledger.
  public var processes: any ProcessRepository { access.current.processes }
  /// Events in commit order.
  public var feed: any FeedRepository { access.current.feed }
  /// Rejected calls.
  public var rejections: any RejectionRepository { access.current.rejections }
  /// Recorded policies of components.
  public var policies: any PolicyRepository { access.current.policies }
  /// Reports on outages.
  public var outages: any OutageRepository { access.current.outages }
}
