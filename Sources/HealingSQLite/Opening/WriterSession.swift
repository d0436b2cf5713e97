import Healing
import HealingLedger

/// A ledger file that this run has open for writing: its lock, its connection, its files, and the run's row.
/// Used by one thread at a time. Nothing is acknowledged or checkpointed before ``LedgerFiles/check()`` has
/// found every file in place.
struct WriterSession: LedgerSession {
  let file: LedgerFile
  /// Bytes of log past which a batch waits for the log to be copied into the ledger.
  let logLimit: Int64
  let lock: LedgerLock
  let run: ProcessTable.Run
  let connection: Connection
  private(set) var files: LedgerFiles
  /// SQLite's index of the log at the last check.
  private var index: LogIndex
  /// Whether another program was found to have written to the ledger.
  private var isWrittenOver = false
  /// When this session prunes; `nil` when it keeps everything.
  private var retention: RetentionSchedule?
  /// When a full disk may cost rows.
  private var relief: DiskRelief
  private let ids: LedgerIDGenerator
  private let time: any TimeSource

  var runID: Int64 { run.id }
  var placeCheck: @Sendable () throws(LedgerError) -> Void {
    { [files] () throws(LedgerError) in try files.check() }
  }

  // MARK: Opening

  struct Earlier {
    let run: ProcessTable.Run
    /// The last batch that was acknowledged.
    let acknowledged: Int64
    /// Reused while it is the file under the path, so that the run never appears dead in between.
    let lock: LedgerLock
    let files: LedgerFiles
    /// SQLite's index of the log when the session was retired.
    let index: LogIndex
    /// Whether another program was found to have written to the ledger by then.
    let isWrittenOver: Bool
    let relief: DiskRelief
  }

  /// Opens the file, registers the run or finds its row, and marks unfinished work of dead runs interrupted.
  /// - Parameter releasesReserve: whether a session without retention deletes the reserve when the disk is full.
  /// - Returns: the session, and the number of acknowledged batches that the file lacks.
  /// - Throws: `LedgerError`; then a run that this call registered has been ended.
  static func open(
    _ file: LedgerFile, logLimit: Int64, retention: (options: RetentionOptions, reserveBytes: Int64)? = nil,
    releasesReserve: Bool = false, _ request: SessionRequest<Earlier>
  ) throws(LedgerError) -> OpenedSession<WriterSession> {
    let isFirst = request.earlier == nil
    if isFirst {
      try file.checkBeforeWriting()
    } else if FileIdentity(path: file.location) == nil {
      // A missing ledger gets no lock file.
      throw file.moved(file.location)
    }
    let lock: LedgerLock
    if let former = request.earlier?.lock, former.isInPlace {
      lock = former
    } else {
      lock = try LedgerLock(file: file)
    }
    return try lock.withWriteLock { () throws(LedgerError) in
      if let ledger = FileIdentity(path: file.location) {
        lock.marks.beginIfNeeded()
        try lookOver(file, ledger, lock, request)
      } else {
        lock.marks.clear()
      }
      var relief = request.earlier?.relief ?? DiskRelief()
      do throws(LedgerError) {
        return try begin(file, logLimit: logLimit, retention, relief, lock, request)
      } catch {
        guard error.code == .full else { throw error }
        if let retention {
          guard relieve(file, lock, retention, &relief, request) else { throw error }
        } else {
          guard releasesReserve, ReserveFile(of: file, bytes: 0).release() else { throw error }
        }
        return try begin(file, logLimit: logLimit, retention, relief, lock, request)
      }
    }
  }

  /// Opens the connection and begins the session. Call it under the write lock.
  private static func begin(
    _ file: LedgerFile, logLimit: Int64, _ retention: (options: RetentionOptions, reserveBytes: Int64)?,
    _ relief: DiskRelief, _ lock: LedgerLock, _ request: SessionRequest<Earlier>
  ) throws(LedgerError) -> OpenedSession<WriterSession> {
    let isFirst = request.earlier == nil
    let connection = try openWriter(file, lock, request, mayCreate: isFirst)
    let missing = try missingBatches(file, lock, request, connection)
    return try begin(file, logLimit: logLimit, retention, relief, lock, connection, missing, request)
  }

  /// Opens the connection. A first session of a ledger with missing batches is rejected before it writes.
  private static func openWriter(
    _ file: LedgerFile, _ lock: LedgerLock, _ request: SessionRequest<Earlier>, mayCreate: Bool
  ) throws(LedgerError) -> Connection {
    try file.openWriter(
      now: request.time.wallClock(), mayCreate: mayCreate, wasWritten: !lock.marks.all.isEmpty
    ) { connection throws(LedgerError) in
      _ = try missingBatches(file, lock, request, connection)
    }
  }

  /// Returns the durable batches that the ledger does not have.
  /// - Throws: `LedgerError`, when there are some and the first session does not accept the loss.
  private static func missingBatches(
    _ file: LedgerFile, _ lock: LedgerLock, _ request: SessionRequest<Earlier>, _ connection: Connection
  ) throws(LedgerError) -> [Int64: Int64] {
    let missing: [Int64: Int64]
    do throws(SQLiteError) { missing = try missingBatches(lock.marks.all, connection) } catch {
      throw file.ledgerError(error)
    }
    if request.earlier == nil && !request.acceptsLoss && !missing.isEmpty { throw file.missing(missing) }
    return missing
  }

  /// Frees space for opening a ledger on a full disk, whose last run was killed or could not free any. Without the reserve,
  /// rows are deleted only while the file has few free pages, so that starts that fail again and again do not cost every
  /// row. Call it under the write lock.
  /// - Returns: whether opening may succeed now.
  private static func relieve(
    _ file: LedgerFile, _ lock: LedgerLock, _ retention: (options: RetentionOptions, reserveBytes: Int64),
    _ relief: inout DiskRelief, _ request: SessionRequest<Earlier>
  ) -> Bool {
    guard retention.reserveBytes > 0, FileIdentity(path: file.location) != nil else { return false }
    let reserve = ReserveFile(of: file, bytes: retention.reserveBytes)
    let hadReserve = reserve.release()
    do {
      let connection = try openWriter(file, lock, request, mayCreate: false)
      // The log of a run that was killed while it freed space contains its deletions.
      let logBytes = FileIdentity(path: file.logPath)?.size ?? 0
      let isCopied = logBytes > 0 && copyLog(file, reserve, connection)
      // Copying the log was enough when it gives the reserve back.
      if isCopied && logBytes >= retention.reserveBytes {
        reserve.create()
        if reserve.taken >= retention.reserveBytes { return true }
      }
      let freePages = try connection.integer("PRAGMA freelist_count") ?? 0
      guard hadReserve || freePages < fewFreePages && !isCopied else { return true }
      var pruner = Pruner(retention.options)
      relieve(&pruner, &relief, bytes: 2 * retention.reserveBytes, connection, request.time) {
        hasRoomToDelete(file, reserve, connection)
      }
      if copyLog(file, reserve, connection) { reserve.create() }
      return true
    } catch {
      return hadReserve
    }
  }

  /// Free pages from which on a run can be registered without more space.
  private static let fewFreePages: Int64 = 16

  /// Examines the file at the path under the write lock, before SQLite uses the log next to it as the file's
  /// own.
  private static func lookOver(
    _ file: LedgerFile, _ ledger: FileIdentity, _ lock: LedgerLock, _ request: SessionRequest<Earlier>
  ) throws(LedgerError) {
    try checkVerdict(file, ledger, lock)
    guard let earlier = request.earlier else {
      let hasLog = FileIdentity(path: file.logPath).map { $0.size > 0 } ?? false
      if hasLog && lock.marks.belongToAnother(than: ledger) { throw file.foreignLog }
      return
    }
    switch earlier.files.ledgerNow {
    case .another where earlier.files.leavesItsLog:
      request.notify(.logKept(path: try RetiredLog.rename(file, at: request.time.wallClock())))
    case .changed:
      // The change may be a checkpoint, or of the modification time only.
      try lookThrough(file, lock) { connection in
        guard earlier.files.leavesItsLog, earlier.files.mayBeOverwritten(connection) else { return nil }
        guard !earlier.isWrittenOver else { return file.otherContents }
        // An index rebuilt from the log does not record earlier checkpoints, so it proves no overwrite.
        guard let now = connection.logIndex else { return nil }
        return connection.mayHaveCheckpointed(from: earlier.index, to: now) ? nil : file.otherContents
      }
    case .another, .unchanged, .missing: break
    }
  }

  /// Applies the verdict of an earlier run, which holds until another file or another log is under the path.
  private static func checkVerdict(_ file: LedgerFile, _ ledger: FileIdentity, _ lock: LedgerLock)
    throws(LedgerError)
  {
    guard lock.marks.isCondemned else { return }
    let log = FileIdentity(path: file.logPath)
    if let log, log.size > 0, lock.marks.condemns(log: log, of: ledger) { throw file.otherContents }
    try lookThrough(file, lock)
    // The log is another one: its number can be given to the next log.
    lock.marks.pardon()
  }

  /// Checks a ledger that may have been overwritten, and records the verdict in the lock file.
  /// - Parameter findProblem: runs before the general check.
  private static func lookThrough(
    _ file: LedgerFile, _ lock: LedgerLock, findProblem: (Connection) -> LedgerError? = { _ in nil }
  ) throws(LedgerError) {
    var problem: LedgerError?
    do {
      let connection = try file.openReader()
      problem = findProblem(connection)
      if problem == nil { problem = try LedgerCheck.firstProblem(connection).map(file.damagedInPlace) }
    } catch let error as SQLiteError where error.isCorrupt {
      problem = file.damagedInPlace(error.message)
    } catch {
      throw file.translated(error)
    }
    guard let problem else { return }
    lock.marks.condemn(log: FileIdentity(path: file.logPath).flatMap { $0.size > 0 ? $0 : nil })
    throw problem
  }

  /// Returns, by run, the number of durable batches that the file lacks. A run without a row has also lost its
  /// registration.
  static func missingBatches(_ marks: [Int64: LockFileMarks.Mark], _ connection: Connection)
    throws(SQLiteError)
    -> [Int64: Int64]
  {
    guard !marks.isEmpty else { return [:] }
    let batches = try ProcessTable.lastBatches(connection)
    var missing: [Int64: Int64] = [:]
    for (run, mark) in marks {
      let lost = batches[run].map { mark.batch &- $0 } ?? max(0, mark.batch) &+ 1
      if lost > 0 { missing[run] = lost }
    }
    return missing
  }

  private static func begin(
    _ file: LedgerFile, logLimit: Int64, _ retention: (options: RetentionOptions, reserveBytes: Int64)?,
    _ relief: DiskRelief, _ lock: LedgerLock,
    _ connection: Connection, _ missing: [Int64: Int64], _ request: SessionRequest<Earlier>
  ) throws(LedgerError) -> OpenedSession<WriterSession> {
    let now = request.time.wallClock()
    var missing = missing
    var registered: ProcessTable.Run?
    do {
      let run: ProcessTable.Run
      var batch: Int64 = 0
      if let earlier = request.earlier, let last = try ProcessTable.lastBatch(of: earlier.run, connection) {
        (run, batch) = (earlier.run, last)
        missing[run.id] = max(missing[run.id] ?? 0, earlier.acknowledged - last)
      } else {
        if let earlier = request.earlier {
          earlier.lock.markEnded(process: earlier.run.id)
          missing[earlier.run.id] = max(missing[earlier.run.id] ?? 0, earlier.acknowledged)
        }
        run = try connection.transaction { () throws(SQLiteError) in
          try ProcessTable.register(request.identity, preferredNode: request.ids.node, at: now, connection)
        }
        registered = run
        request.ids.change(node: run.node)
      }
      if let highest = try HighestID.ofAll(connection) { request.ids.raise(above: highest) }
      lock.markAlive(process: run.id)
      lock.marks.note(process: run.id, batch: batch, at: now)
      let lost = missing.values.reduce(0) { $0 + max(0, $1) }
      if lost > 0 {
        try GapTable.insertLostBatches(id: request.ids.next(), at: now, process: run.id, lost, connection)
        lock.marks.accept(try ProcessTable.lastBatches(connection), of: missing.keys, at: now)
      }
      // Reads the index first: a checkpoint between the two reads shows in the index of the next check.
      let index = try file.checkLog(of: connection)
      let files = try LedgerFiles(opened: file, connection, lock: lock)
      lock.marks.note(ledger: files.ledger)
      lock.marks.pardon()
      var session = WriterSession(
        file: file, logLimit: logLimit, lock: lock, run: run, connection: connection, files: files,
        index: index,
        retention: retention.map {
          RetentionSchedule(
            $0.options, reserve: ReserveFile(of: file, bytes: $0.reserveBytes),
            time: request.time)
        },
        relief: relief, ids: request.ids, time: request.time)
      try session.endDeadRuns(lastBatch: batch)
      session.retention?.reserve.create()
      return OpenedSession(session: session, lostBatches: lost, isSameRun: request.earlier?.run == run)
    } catch {
      // A failed start leaves no run that seems alive.
      if let registered { end(registered, .interrupted, at: now, lock, connection) }
      throw file.translated(error)
    }
  }

  private static func end(
    _ run: ProcessTable.Run, _ kind: ProcessRecord.End, at now: Timestamp, _ lock: LedgerLock,
    _ connection: Connection
  ) {
    try? connection.transaction { () throws(SQLiteError) in
      try ProcessTable.end(process: run.id, kind, at: now, connection)
    }
    lock.markEnded(process: run.id)
  }

  // MARK: Writing

  mutating func write(_ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool) -> WriteAttempt {
    do throws(LedgerError) {
      return try lock.withWriteLock { () throws(LedgerError) in
        if try checkFiles() > logLimit { try shortenLog(limit: logLimit) }
        let refused: Int64
        do throws(SQLiteError) {
          guard let count = try commit(batch, number: number, again: again, oneByOne: oneByOne) else {
            return .failed(file.moved(file.location), isUsable: false)
          }
          refused = count
        } catch {
          if error.isRefusal && !oneByOne { return .refused(file.ledgerError(error)) }
          guard error.isFull else {
            return .failed(file.ledgerError(error), isUsable: error.isBusy || error.isRefusal)
          }
          // With the space that was made, no flush notices the full disk.
          let (words, count) = commitWithSpace(batch, number: number, oneByOne: oneByOne, after: error)
          guard let count else { return .failed(file.fullDisk(words), isUsable: false) }
          refused = count
        }
        try checkFiles()
        lock.marks.note(process: run.id, batch: number, at: time.wallClock())
        relief.end(connection, at: time)
        return .durable(refused: refused)
      }
    } catch {
      return .failed(error, isUsable: error.code == .busy)
    }
  }

  /// Writes a batch in one transaction, unless an earlier attempt has committed it. Call it under the write lock.
  /// - Returns: number of refused entries; `nil` when the ledger is another one now.
  private func commit(_ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool)
    throws(SQLiteError) -> Int64?
  {
    var writer = BatchWriter(connection: connection, run: run, ids: ids, time: time)
    if again {
      guard let isCommitted = try writer.committed(number) else { return nil }
      if isCommitted { return 0 }
    }
    guard
      case .written(let refused) = try writer.write(
        batch, number: number, oneByOne: oneByOne, mayCommit: checkRoomToCopy)
    else { return nil }
    return refused
  }

  /// Makes space and writes the batch again. Where only copying the log lacked space, the log is copied before rows are deleted.
  /// - Returns: what was done, and what ``commit(_:number:again:oneByOne:)`` returned; `nil` when it failed again.
  private mutating func commitWithSpace(
    _ batch: WriteQueue.Batch, number: Int64, oneByOne: Bool, after error: SQLiteError
  ) -> (words: String, refused: Int64?) {
    let words = makeSpace(isLogTooLong: error.isEarlyFull)
    do throws(SQLiteError) {
      return (words, try commit(batch, number: number, again: true, oneByOne: oneByOne))
    } catch let again {
      guard error.isEarlyFull && again.isFull else { return (words, nil) }
    }
    return (relieve(), try? commit(batch, number: number, again: true, oneByOne: oneByOne))
  }

  /// Checks before a commit that the log can be copied after it, although no other space becomes free: the reserve and what is
  /// free must have room for the pages that make the ledger longer, and for a few rows to be deleted.
  /// - Throws: `SQLiteError` for a full disk. A log that cannot be copied would keep the disk full for good.
  private func checkRoomToCopy() throws(SQLiteError) {
    let reserve = reserve
    let taken = reserve.taken
    guard reserve.bytes > 0 || taken > 0, let growth = Self.growth(file, connection), growth > 0 else {
      return
    }
    let needed = growth + min(max(reserve.bytes, taken) / 4, Self.roomToDelete)
    guard needed > taken else { return }
    try connection.writeChangedPages()
    guard needed > taken + reserve.free else { return }
    throw .full("the disk has no room for \(growth >> 10) KiB of new pages")
  }

  /// Bytes of log in which a full disk lets rows be deleted.
  private static let roomToDelete: Int64 = 256 << 10

  /// The reserve of this session, or of the program that prunes the ledger.
  private var reserve: ReserveFile { retention?.reserve ?? ReserveFile(of: file, bytes: 0) }

  /// Returns the bytes by which the pages in the log make the ledger file longer; `nil` when that is unknown.
  private static func growth(_ file: LedgerFile, _ connection: Connection) -> Int64? {
    guard let pages = try? connection.integer("PRAGMA page_count"),
      let pageSize = try? connection.integer("PRAGMA page_size"),
      let ledger = FileIdentity(path: file.location)
    else { return nil }
    return pages * pageSize - ledger.size
  }

  /// Copies and truncates the log if the disk has room for its new pages. A copy that ends half way would only take the space in
  /// which rows can be deleted.
  /// - Returns: whether the log is empty.
  @discardableResult
  private static func copyLog(_ file: LedgerFile, _ reserve: ReserveFile, _ connection: Connection) -> Bool {
    guard let growth = growth(file, connection), growth <= reserve.free else { return false }
    return (try? connection.checkpoint(.truncating)) == 0
  }

  /// Copies the log, and returns whether rows can be deleted: the deletions are in the log, too, and must leave room for copying it.
  private static func hasRoomToDelete(_ file: LedgerFile, _ reserve: ReserveFile, _ connection: Connection)
    -> Bool
  {
    if copyLog(file, reserve, connection) { return true }
    return growth(file, connection).map { $0 + roomToDelete <= reserve.free } ?? false
  }

  /// Longest wait for readers when the log is past its limit.
  private static let patience = Duration.seconds(2)

  /// Checkpoints and truncates the log under the write lock. Past `limit` it waits for the current readers:
  /// overlapping short readers would otherwise block every truncation. Readers that start after the copy read
  /// the database file.
  private mutating func shortenLog(limit: Int64) throws(LedgerError) {
    var size = try checkpointInPlace(.truncating)
    if limit > 0 && size > limit { size = try checkpointInPlace(.truncating, patience: Self.patience) }
    guard size > limit else { return }
    throw LedgerError(
      .busy, ledger: file.path,
      problem:
        "a reader blocks the checkpoint of \(size >> 20) MiB of log; the limit is \(limit >> 20)",
      remedy: "end the program that reads the ledger")
  }

  /// Frames in the log from which on a quiet moment is used for a checkpoint: 8 MiB.
  private static let quietFrames = 1_024
  /// Frames from which on a checkpoint does not wait for a quiet moment: 48 MiB, so that the log of a busy
  /// writer stays below 64 MiB.
  private static let busyFrames = 6_144
  /// A log longer than this many bytes is emptied in a quiet moment: a reader may have kept it from being copied for long.
  private static let quietLogBytes: Int64 = 16 << 20

  mutating func compact(isQuiet: Bool) {
    if retention?.isDue(isQuiet: isQuiet) ?? false { pruneOnce() }
    if connection.loggedFrames >= (isQuiet ? Self.quietFrames : Self.busyFrames) || growsBeyondReserve {
      _ = try? checkpoint(truncating: false)
    }
    if isQuiet && FileIdentity(path: file.logPath)?.size ?? 0 > Self.quietLogBytes {
      _ = try? checkpoint(truncating: true)
    }
  }

  /// Whether the pages in the log make the ledger file longer by more than a quarter of the reserve. On a full disk the log
  /// can be copied, and so emptied, only if the reserve has room for them.
  private var growsBeyondReserve: Bool {
    let reserve = reserve
    guard connection.loggedFrames > 0, let growth = Self.growth(file, connection), growth > 0 else {
      return false
    }
    // Pages of a batch that fails can fill a disk that has no more room than the log may take. Without a reserve on it, only an empty
    // log is then sure to be emptied.
    let room = reserve.free > 2 * logLimit ? max(reserve.taken, reserve.bytes) : reserve.taken
    return (room > 0 || reserve.bytes > 0) && growth > room / 4
  }

  /// Copies the log into the ledger, outside of a commit, so that no flush waits for it.
  /// - Parameter truncating: whether to truncate the log too, unless a reader blocks it.
  /// - Returns: how long the checkpoint held the write lock.
  private mutating func checkpoint(truncating: Bool) throws(LedgerError) -> Duration {
    try lock.withWriteLock { () throws(LedgerError) in
      let start = ContinuousClock.now
      try checkFiles()
      try checkpointInPlace(truncating ? .truncating : .passive)
      return ContinuousClock.now - start
    }
  }

  /// Copies the log under the write lock and records the changed ledger file. A checkpoint that fails half way,
  /// on a full disk, has also changed the ledger.
  /// - Returns: size of the log in bytes.
  @discardableResult
  private mutating func checkpointInPlace(_ kind: Connection.Checkpoint, patience: Duration = .zero)
    throws(LedgerError) -> Int64
  {
    do throws(SQLiteError) {
      try connection.checkpoint(.passive)
    } catch {
      files.noteCheckpoint(connection)
      throw file.ledgerError(error)
    }
    // Size and time of the ledger do not distinguish a foreign write from this writer's own.
    guard connection.holdsWhatWasCopied else {
      isWrittenOver = true
      lock.marks.condemn(log: FileIdentity(path: file.logPath))
      throw file.changedInPlace
    }
    files.noteCheckpoint(connection)
    if kind == .truncating {
      do throws(SQLiteError) { try connection.checkpoint(.truncating, patience: patience) } catch {
        throw file.ledgerError(error)
      }
      files.noteCheckpoint(connection)
    }
    return try checkFiles()
  }

  /// Ends the session. Checkpoints only when every file is in place.
  /// - Parameter isComplete: whether all recorded entries are written; if not, the next start finds this run
  ///   interrupted.
  mutating func close(isComplete: Bool) throws(LedgerError) {
    defer {
      lock.endRetention()
      lock.markEnded(process: run.id)
    }
    try lock.withWriteLock { () throws(LedgerError) in
      try checkFiles()
      if isComplete {
        try transact { [run, time] connection throws(SQLiteError) in
          try ProcessTable.end(process: run.id, .clean, at: time.wallClock(), connection)
        }
      }
      // The row just written may have gone elsewhere.
      try checkFiles()
      do throws(LedgerError) { try checkpointInPlace(.truncating) } catch {
        guard error.code == .full else { throw error }
        _ = makeSpace()
        do throws(LedgerError) { try checkpointInPlace(.truncating) } catch {
          // The next opening copies the log: its rows are durable where they are.
          guard error.code == .full else { throw error }
        }
      }
      // The log may have had the space of the reserve.
      retention?.reserve.create()
    }
  }

  mutating func abandon() {
    lock.endRetention()
    lock.markEnded(process: run.id)
  }

  // MARK: Upkeep

  /// Checks that every file is in place, that the log is as complete as its index says, and that only
  /// checkpoints have written to the ledger since the last check.
  /// - Returns: size of the log in bytes.
  @discardableResult
  private mutating func checkFiles() throws(LedgerError) -> Int64 {
    if isWrittenOver { throw file.changedInPlace }
    for _ in 0..<100 {
      try files.check()
      let now = try file.checkLog(of: connection, since: index)
      if files.ledgerNow == .changed {
        guard connection.mayHaveCheckpointed(from: index, to: now) else {
          // A checkpoint may have begun after the index was read.
          guard connection.logIndex == now else { continue }
          isWrittenOver = files.mayBeOverwritten(connection)
          throw file.changedInPlace
        }
        files.noteCheckpoint(connection)
      }
      index = now
      return FileIdentity(path: file.logPath)?.size ?? 0
    }
    throw LedgerError(.busy, ledger: file.path, problem: "another program keeps changing the log")
  }

  mutating func check() throws(LedgerError) { try checkFiles() }

  mutating func upkeep(lastBatch: Int64) throws(LedgerError) {
    try markDeadRuns(lastBatch: lastBatch)
    prune()
  }

  private mutating func markDeadRuns(lastBatch: Int64) throws(LedgerError) {
    try checkFiles()
    lock.marks.note(process: run.id, batch: lastBatch, at: time.wallClock())
    do throws(SQLiteError) {
      guard try !CrashRecovery.deadRuns(besides: run.id, lock: lock, connection).isEmpty else { return }
    } catch {
      throw file.ledgerError(error)
    }
    try lock.withWriteLock { () throws(LedgerError) in
      try checkFiles()
      try endDeadRuns(lastBatch: lastBatch)
      try checkFiles()
    }
  }

  /// Call it under the write lock.
  private mutating func endDeadRuns(lastBatch: Int64) throws(LedgerError) {
    do {
      let interrupted = try connection.transaction { () throws(SQLiteError) in
        try CrashRecovery.mark(
          CrashRecovery.deadRuns(besides: run.id, lock: lock, connection), ids: ids, at: time.wallClock(),
          connection)
      }
      var writer = BatchWriter(connection: connection, run: run, ids: ids, time: time)
      guard case .written = try writer.write(WriteQueue.Batch(interrupted), number: lastBatch, oneByOne: true)
      else {
        throw file.moved(file.location)
      }
    } catch {
      throw file.translated(error)
    }
  }

  // MARK: Retention

  /// Slices of one upkeep, while the process is idle or its last pass has much to delete.
  private static let slicesPerUpkeep = 4

  /// Begins a pass when it is due and this process is the one that prunes, and runs some slices of it.
  private mutating func prune() {
    guard var schedule = retention else { return }
    if schedule.mayBegin(at: time), lock.beginRetention() {
      schedule.begin(connection, at: time)
      retention = schedule
    }
    for _ in 0..<Self.slicesPerUpkeep {
      guard retention?.isDue(isQuiet: true) ?? false else { return }
      pruneOnce()
    }
  }

  /// Runs one slice of the pass under the write lock, or ends the pass. An error ends it, too: the next one begins a
  /// minute later.
  private mutating func pruneOnce() {
    guard var schedule = retention else { return }
    defer { retention = schedule }
    do {
      guard let slice = try schedule.next(connection, at: time) else {
        guard schedule.hasReport(at: time) else { return }
        return try lock.withWriteLock { () throws(LedgerError) in
          try checkFiles()
          do throws(SQLiteError) { try schedule.report(connection, at: time) } catch {
            throw file.ledgerError(error)
          }
          try checkFiles()
        }
      }
      try lock.withWriteLock(timeout: .milliseconds(500)) { () throws(LedgerError) in
        try checkFiles()
        do throws(SQLiteError) { try schedule.run(slice, connection, at: time) } catch {
          throw file.ledgerError(error)
        }
        try checkFiles()
      }
      if connection.loggedFrames >= Self.quietFrames { _ = try? checkpoint(truncating: false) }
    } catch {
      schedule.failed(file.translated(error), at: time)
    }
  }

  /// Longest time that freeing space on a full disk takes at once.
  private static let reliefTime = Duration.seconds(2)

  /// Frees space on a full disk: copies and truncates the log, and when that gives less than the reserve has, deletes the reserve and
  /// the oldest rows. Call it under the write lock: no process can write now.
  /// - Parameter isLogTooLong: whether the disk had room for a commit, but not for copying the log after it.
  /// - Returns: what was done about the full disk, for operators.
  private mutating func makeSpace(isLogTooLong: Bool = false) -> String {
    let logBytes = FileIdentity(path: file.logPath)?.size ?? 0
    let reserve = retention?.reserve
    guard logBytes > 0, isLogTooLong || logBytes >= reserve?.bytes ?? 0 else { return relieve() }
    let growth = Self.growth(file, connection) ?? 0
    let free = self.reserve.free
    var isCopied = growth <= free && (try? shortenLog(limit: 0)) != nil
    if !isCopied, let reserve, reserve.bytes > 0, growth > free, growth <= free + reserve.taken {
      // New pages of the log make the ledger longer: the reserve has the room for them.
      reserve.release()
      isCopied = (try? shortenLog(limit: 0)) != nil
    }
    if isCopied { reserve?.create() }
    return isCopied
      ? "the log of \(logBytes >> 10) KiB was copied into the ledger to free space" : relieve()
  }

  /// Deletes the reserve, then the oldest rows within the limits of ``DiskRelief``, gives the pages back, and creates the reserve
  /// again.
  private mutating func relieve() -> String {
    guard let schedule = retention else { return "retention is off, so no rows are deleted" }
    guard schedule.reserve.bytes > 0 else { return "without a reserve retention deletes no rows" }
    schedule.reserve.release()
    var pruner = schedule.relief
    let mayDelete = Self.relieve(
      &pruner, &relief, bytes: 2 * schedule.reserve.bytes, connection, time
    ) { [file, connection] in Self.hasRoomToDelete(file, schedule.reserve, connection) }
    files.noteCheckpoint(connection)
    retention?.add(pruner)
    if Self.growth(file, connection) ?? 0 <= schedule.reserve.free, (try? shortenLog(limit: 0)) != nil {
      schedule.reserve.create()
    }
    let rows = pruner.deleted.values.reduce(0) { $0 + $1.rows }
    if rows > 0 { return "retention has deleted \(rows) rows to free space" }
    return mayDelete
      ? "retention has found no rows that it may delete"
      : "retention has freed space within the last minute, and deletes no more rows before the ledger has grown"
  }

  /// Deletes the oldest rows and gives their pages back, for ``reliefTime`` at most. What cannot be done shows in the next
  /// write, and continues after it.
  /// - Parameter bytes: what to free at least: enough for another reserve and for rows.
  /// - Returns: whether rows may be deleted now.
  @discardableResult
  private static func relieve(
    _ pruner: inout Pruner, _ relief: inout DiskRelief, bytes: Int64, _ connection: Connection,
    _ time: any TimeSource, hasRoom: () -> Bool
  ) -> Bool {
    let deadline = ContinuousClock.now + reliefTime
    guard hasRoom() else { return true }
    do throws(SQLiteError) {
      guard let limits = try relief.limits(bytes: bytes, connection, at: time) else { return false }
      try pruner.begin(relief: limits, connection)
      while let slice = try pruner.next(connection, now: time.wallClock()) {
        guard ContinuousClock.now < deadline else { return true }
        do throws(SQLiteError) { try pruner.run(slice, connection, now: time.wallClock()) } catch {
          guard error.isFull, pruner.divide(slice) else { throw error }
        }
        if connection.loggedFrames >= reliefFrames && !hasRoom() { return true }
      }
      relief.end(connection, at: time)
    } catch {}
    return true
  }

  /// Frames after which freeing space copies and truncates the log, which also takes space: 1 MiB.
  private static let reliefFrames = 128

  /// Rewrites the whole file without free pages, so that it gives free pages back from now on. Holds the write lock.
  mutating func compactFile() throws(LedgerError) {
    let others: [String]
    do throws(SQLiteError) {
      others = try ProcessTable.unended(connection) { [run, lock] in $0 != run.id && lock.isAlive(process: $0)
      }
    } catch {
      throw file.ledgerError(error)
    }
    guard others.isEmpty else {
      throw LedgerError(
        .busy, ledger: file.path,
        problem: "other programs have the ledger open: \(others.joined(separator: ", "))",
        remedy: "end them first")
    }
    try lock.withWriteLock { () throws(LedgerError) in
      try checkFiles()
      guard try checkpointInPlace(.truncating) == 0 else {
        throw LedgerError(
          .busy, ledger: file.path, problem: "another program reads the ledger", remedy: "end it first")
      }
      let failure: SQLiteError?
      do throws(SQLiteError) {
        // In memory, the copy could be larger than the machine.
        try connection.execute("PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
        failure = nil
      } catch {
        failure = error
      }
      try? connection.execute("PRAGMA temp_store = MEMORY")
      try checkFiles()
      try checkpointInPlace(.truncating)
      if let failure { throw file.ledgerError(failure) }
    }
  }

  /// Runs the next slice of a command's pass under the write lock.
  /// - Parameter held: receives how long the slice, and a checkpoint after it, held the write lock.
  /// - Returns: false at the end of the pass.
  mutating func pruneSlice(_ pruner: inout Pruner, held: (Duration) -> Void) throws(LedgerError) -> Bool {
    let slice: Pruner.Slice?
    do throws(SQLiteError) { slice = try pruner.next(connection, now: time.wallClock()) } catch {
      throw file.ledgerError(error)
    }
    guard let slice else { return false }
    let hold = try lock.withWriteLock { () throws(LedgerError) -> Duration in
      let start = ContinuousClock.now
      try checkFiles()
      do throws(SQLiteError) { try pruner.run(slice, connection, now: time.wallClock()) } catch {
        guard error.isFull else { throw file.ledgerError(error) }
        ReserveFile(of: file, bytes: 0).release()
        _ = try? checkpointInPlace(.truncating)
        do throws(SQLiteError) { try pruner.run(slice, connection, now: time.wallClock()) } catch {
          guard error.isFull, pruner.divide(slice) else { throw file.ledgerError(error) }
        }
      }
      try checkFiles()
      return ContinuousClock.now - start
    }
    held(hold)
    if connection.loggedFrames >= Self.quietFrames, let hold = try? checkpoint(truncating: false) {
      held(hold)
    }
    return true
  }

  /// Changes the ledger in one transaction under the write lock.
  mutating func changing<Value>(_ body: (Connection) throws(SQLiteError) -> Value) throws(LedgerError)
    -> Value
  {
    try lock.withWriteLock { () throws(LedgerError) in
      try checkFiles()
      let value = try transact(body)
      try checkFiles()
      return value
    }
  }

  /// Runs a transaction, on a full disk once more with the space that was made. Call it under the write lock.
  private mutating func transact<Value>(_ body: (Connection) throws(SQLiteError) -> Value) throws(LedgerError)
    -> Value
  {
    let connection = connection
    func run() throws(SQLiteError) -> Value {
      try connection.transaction { () throws(SQLiteError) in try body(connection) }
    }
    do throws(SQLiteError) { return try run() } catch {
      guard error.isFull else { throw file.ledgerError(error) }
    }
    let words = makeSpace()
    do throws(SQLiteError) { return try run() } catch {
      throw error.isFull ? file.fullDisk(words) : file.ledgerError(error)
    }
  }

  // MARK: Files out of place

  /// Accepts checkpoints made since the last check: the next session may find a rebuilt index, which does not record them.
  mutating func retire(acknowledged: Int64, notify: (LedgerNotice) -> Void) -> Earlier {
    if !isWrittenOver, files.ledgerNow == .changed, let now = connection.logIndex,
      connection.mayHaveCheckpointed(from: index, to: now)
    {
      files.noteCheckpoint(connection)
      index = now
    }
    let earlier = Earlier(
      run: run, acknowledged: acknowledged, lock: lock, files: files, index: index,
      isWrittenOver: isWrittenOver, relief: relief)
    if let path = rescueLog() { notify(.logKept(path: path)) }
    return earlier
  }

  /// Saves acknowledged rows that only the log of this session has, when the log has lost its name. Call it
  /// before the files are closed. If nothing else has changed, copies the rows into the ledger; otherwise
  /// copies the log to a file next to the ledger.
  /// - Returns: path of the copy; `nil` when none was needed or possible.
  private mutating func rescueLog() -> String? {
    if let now = FileIdentity(path: file.logPath), now.isSameFile(as: files.log) { return nil }
    let copied = try? lock.withWriteLock { () throws(LedgerError) -> Bool in
      guard files.isOnlyTheLogGone, (try? connection.checkpoint(.passive)) == 0 else { return false }
      return true
    }
    if copied == true { return nil }
    return RetiredLog(files.log, of: file).keep(at: time.wallClock())
  }
}

// MARK: Imports

extension WriterSession {
  /// Writes rows that are no batch of a queue, in one transaction under the write lock.
  /// - Parameter number: of the transaction among the batches of the run, from 1.
  /// - Throws: `LedgerError`. After a failed commit it is unknown whether the rows are written.
  mutating func write(number: Int64, _ body: (Connection) throws(SQLiteError) -> Void) throws(LedgerError) {
    try lock.withWriteLock { () throws(LedgerError) in
      if try checkFiles() > logLimit { try shortenLog(limit: logLimit) }
      var isKnown = false
      do throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
          // Checked first, so that no row can refer to a missing run.
          isKnown = try ProcessTable.noteBatch(number, of: run, at: time.wallClock(), connection)
          if isKnown {
            try body(connection)
            try checkRoomToCopy()
          }
        }
      } catch {
        throw file.ledgerError(error)
      }
      guard isKnown else { throw file.moved(file.location) }
      try checkFiles()
      lock.marks.note(process: run.id, batch: number, at: time.wallClock())
    }
  }
}
