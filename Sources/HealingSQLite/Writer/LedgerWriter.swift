import Dispatch
import Foundation
import Healing
import Synchronization

/// The writer thread: drains the queue, writes each batch in one transaction, commits, and completes the
/// flushes. A batch that could not be written is kept and retried. A file that was moved or replaced is opened
/// again.
final class LedgerWriter: Sendable {
  /// Minimum time from the start of one batch to the next. It bounds the commit rate under light load. Under
  /// load a batch takes longer, so there is no pause.
  private static let gathering = DispatchTimeInterval.milliseconds(2)
  /// Number of empty rounds after which the writer sleeps.
  private static let idleRounds = 25
  /// Interval of the checks of files and other runs, also while the writer sleeps.
  private static let upkeepInterval = DispatchTimeInterval.milliseconds(500)
  /// Frames in the write-ahead log from which on the writer checkpoints when idle: 8 MiB.
  private static let checkpointFrames = 1_024
  /// Frames from which on the writer checkpoints without waiting until it is idle: 128 MiB.
  private static let checkpointFramesAtMost = 16_384
  /// Size of the log in bytes past which an idle writer truncates it.
  private static let quietLogBytes: Int64 = 16 << 20

  private struct State: ~Copyable {
    var session: WriterSession?
    /// State of the run from the last session; `nil` until the ledger was first opened.
    var earlier: WriterSession.Earlier?
    /// A file that was found damaged, with the error: it is not checked again until it changes.
    var condemned: (ledger: FileIdentity, error: LedgerError)?
    var batchNumber: Int64 = 0
    var acknowledged: Int64 = 0
  }

  let intake: Intake
  let events: LedgerEvents
  private let file: LedgerFile
  private let options: SQLiteLedgerOptions
  private let identity: ProcessIdentity
  private let ids: LedgerIDGenerator
  private let time: any TimeSource
  // Used by the writer's thread only, once it runs.
  private let state: Lock<State>
  private let health = Lock(WriterHealth())
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - session: the open session, used only by the writer's thread from now on; `nil` when opening failed and
  ///     is to be retried.
  ///   - problem: the error of that opening.
  init(
    file: LedgerFile, options: SQLiteLedgerOptions, identity: ProcessIdentity, ids: LedgerIDGenerator,
    time: any TimeSource, session: sending WriterSession?, problem: LedgerError?, events: LedgerEvents
  ) {
    self.file = file
    self.options = options
    self.identity = identity
    self.ids = ids
    self.time = time
    self.intake = Intake(time: time)
    self.events = events
    health.withLock { health in
      health.files = session?.files
      guard let problem else { return }
      _ = health.failed(problem, isWrite: false, wall: time.wallClock(), at: time.monotonicNanoseconds())
    }
    self.state = Lock(State(session: session))
    let thread = Thread { [self] in run() }
    thread.name = "healing-writer"
    thread.start()
  }

  /// Ends the thread after a last attempt to write all entries. Blocks until the thread has ended.
  /// - Returns: number of events that could not be written.
  func close() -> Int64 {
    intake.close()
    ended.wait()
    // A second call of `close` must not block.
    ended.signal()
    return health.withLock { $0.unwritten }
  }

  /// Returns the current status. Also checks the files.
  func status() -> LedgerStatus {
    let now = time.monotonicNanoseconds()
    let health = health.withLock { $0 }
    var problem = health.problem
    if problem == nil, let files = health.files {
      do throws(LedgerError) { try files.check() } catch { problem = error }
    }
    return LedgerStatus(
      problem: problem, problemSince: health.problemSince ?? problem.map { _ in time.wallClock() },
      failedWrites: health.failedWrites,
      lastCommitAt: health.lastCommitAt,
      oldestUnwrittenAge: .nanoseconds(max(0, health.unwrittenSince.map { now - $0 } ?? 0)),
      unwrittenEvents: health.unwritten + health.underWay + intake.events,
      ledgerBytes: FileIdentity(path: file.location)?.size ?? 0,
      logBytes: FileIdentity(path: file.logPath)?.size ?? 0, heartbeat: health.heartbeat,
      refusedEvents: health.refusedEvents)
  }

  // MARK: The thread

  private func run() {
    var room = Intake.Room()
    var idle = 0
    var unwritten: Int64 = 0
    var nextUpkeep = DispatchTime.now() + Self.upkeepInterval
    while true {
      health.withLock { $0.beat() }
      let now = DispatchTime.now()
      if now >= nextUpkeep {
        upkeep()
        nextUpkeep = now + Self.upkeepInterval
      }
      let next = now + Self.gathering
      var batch = intake.take(reusing: &room)
      if batch.isEmpty {
        answerEmpty(batch.flushes)
        room = batch.giveUpRoom()
        if intake.isClosed { break }
        idle += 1
        if idle == 2 { checkpointInQuiet() }
        if idle >= Self.idleRounds {
          intake.sleepUntilWork(until: nextUpkeep)
        } else {
          intake.pause(until: next)
        }
        continue
      }
      idle = 0
      let number = state.withLock { state in
        state.batchNumber += 1
        return state.batchNumber
      }
      health.withLock { $0.began(at: time.monotonicNanoseconds(), events: batch.events) }
      guard writeUntilDone(&batch, number: number) else {
        unwritten = batch.events + intake.take(reusing: &room).events
        break
      }
      room = batch.giveUpRoom()
      checkpointIfDue(atLeast: Self.checkpointFramesAtMost)
      if !intake.isClosed { intake.pause(until: next) }
    }
    finish(unwritten: unwritten)
    ended.signal()
  }

  /// Completes flushes when no entry waits. Earlier entries are durable only while the files are in place.
  private func answerEmpty(_ flushes: [Intake.Waiter]) {
    guard !flushes.isEmpty else { return }
    let result = Result { () throws(LedgerError) in
      try state.withLock { state throws(LedgerError) in
        try state.session?.check()
        if state.session == nil { throw health.withLock { $0.problem } ?? file.moved(file.location) }
      }
    }
    if case .failure = result {
      upkeep()
      answer(flushes, result)
    } else {
      answerWritten(flushes)
    }
  }

  /// Completes flushes after everything before is written. They fail with code `refused` if events were refused
  /// that no flush has reported yet.
  private func answerWritten(_ flushes: [Intake.Waiter]) {
    guard !flushes.isEmpty else { return }
    let refused = health.withLock { $0.takeRefusals() }
    answer(flushes, refused == 0 ? .success(()) : .failure(refusal(of: refused)))
  }

  /// Retries until the batch is durable. Meanwhile the queue merges new entries.
  /// - Returns: false when the ledger was closed and a last attempt failed.
  private func writeUntilDone(_ batch: inout Intake.Batch, number: Int64) -> Bool {
    var attempt = 0
    var oneByOne = false
    while true {
      attempt += 1
      let outcome = state.withLock { state in
        attemptToWrite(batch, number: number, again: attempt > 1, oneByOne: oneByOne, &state)
      }
      health.withLock { $0.beat() }
      switch outcome {
      case .durable(let refused):
        note(health.withLock { $0.wrote(wall: time.wallClock(), at: time.monotonicNanoseconds()) })
        health.withLock { $0.refused(refused) }
        answerWritten(batch.flushes)
        batch.flushes = []
        return true
      case .refused:
        // Retries immediately in per-entry mode.
        oneByOne = true
      case .failed(let error, _):
        note(
          health.withLock {
            $0.failed(error, isWrite: true, wall: time.wallClock(), at: time.monotonicNanoseconds())
          })
        answer(batch.flushes, .failure(error))
        batch.flushes = []
        // Flushes requested meanwhile also fail. After a success they remain in the queue, because their
        // entries may be in the next batch.
        answer(intake.takeFlushes(), .failure(error))
        if intake.isClosed && attempt > 3 { return false }
        intake.pause(until: .now() + .milliseconds(min(2_000, 20 << min(attempt, 7))))
      }
    }
  }

  private func attemptToWrite(
    _ batch: Intake.Batch, number: Int64, again: Bool, oneByOne: Bool, _ state: inout State
  ) -> WriterSession.Attempt {
    do throws(LedgerError) { try openIfNeeded(&state) } catch { return .failed(error, isUsable: false) }
    guard
      let attempt = state.session?.write(
        batch, number: number, again: again, oneByOne: oneByOne, logLimit: options.logLimitBytes)
    else { return .failed(file.moved(file.location), isUsable: false) }
    switch attempt {
    case .durable: state.acknowledged = number
    case .refused, .failed(_, isUsable: true): break
    case .failed(_, isUsable: false): retire(&state)
    }
    return attempt
  }

  private func refusal(of events: Int64) -> LedgerError {
    LedgerError(
      .refused, ledger: file.path, problem: "\(events) of the recorded events were refused by the database",
      remedy: "see v_gaps, and look for triggers that were added to the file")
  }

  // MARK: Opening again

  private func openIfNeeded(_ state: inout State) throws(LedgerError) {
    guard state.session == nil else { return }
    let isFirst = state.earlier == nil
    // A reader opened meanwhile may hold the index of a log that no longer exists.
    if !isFirst { events.closeReaders() }
    var request = WriterSession.Request(identity: identity, ids: ids, time: time, earlier: state.earlier)
    request.acceptsLoss = !isFirst
    request.keptLog = { [events] in events.notify(.logKept(path: $0)) }
    if let (ledger, error) = state.condemned,
      FileIdentity(path: file.location)?.isUnchanged(since: ledger) == true
    {
      throw error
    }
    state.condemned = nil
    let (session, lost): (WriterSession, Int64)
    do throws(LedgerError) { (session, lost) = try WriterSession.open(file, request) } catch {
      if !isFirst && error.code == .corrupt, let ledger = FileIdentity(path: file.location) {
        state.condemned = (ledger, error)
      }
      throw error
    }
    // A batch without a trace in this file was not written. Batch numbers keep rising over all sessions of the
    // run.
    let isSameRun = state.earlier?.run == session.run
    state.session = session
    health.withLock { $0.files = session.files }
    if lost > 0 { note(.batchesLost(lost)) }
    if !isSameRun { note(.reopened(run: session.run.id)) }
    events.opened(session.run.id, isSameRun)
  }

  /// Retires the session and closes every connection of this process to its files, so that the next session
  /// reads the ledger as it is on disk.
  private func retire(_ state: inout State) {
    guard var session = state.session else { return }
    state.session = nil
    state.earlier = session.retired(acknowledged: state.acknowledged)
    if let path = session.rescueLog() { note(.logKept(path: path)) }
    events.closeReaders()
  }

  private func note(_ notice: LedgerNotice?) {
    if let notice { events.notify(notice) }
  }

  // MARK: Upkeep

  /// Checks the files and the other runs, twice a second, while no batch is being written.
  private func upkeep() {
    let result = Result { () throws(LedgerError) in
      try state.withLock { state throws(LedgerError) in
        do throws(LedgerError) {
          try openIfNeeded(&state)
          try state.session?.check()
          try state.session?.sweep(lastBatch: state.acknowledged)
        } catch {
          if error.code != .busy { retire(&state) }
          throw error
        }
      }
    }
    let (wall, now) = (time.wallClock(), time.monotonicNanoseconds())
    switch result {
    case .success: note(health.withLock { $0.recovered(at: now) })
    case .failure(let error) where error.code == .busy: return
    case .failure(let error): note(health.withLock { $0.failed(error, isWrite: false, wall: wall, at: now) })
    }
  }

  private func answer(_ flushes: [Intake.Waiter], _ result: Result<Void, LedgerError>) {
    for flush in flushes { flush.resume(returning: result) }
  }

  /// Checkpoints outside of a commit, so that no flush waits for it. Failures are retried later.
  private func checkpointIfDue(atLeast frames: Int) {
    state.withLock { state in
      guard state.session?.connection.loggedFrames ?? 0 >= frames else { return }
      try? state.session?.checkpoint(truncating: false)
    }
  }

  /// Checkpoints a log past a size, and truncates a large one, which a reader may have kept from being copied.
  private func checkpointInQuiet() {
    checkpointIfDue(atLeast: Self.checkpointFrames)
    guard FileIdentity(path: file.logPath)?.size ?? 0 > Self.quietLogBytes else { return }
    state.withLock { state in
      try? state.session?.checkpoint(truncating: true)
    }
  }

  /// - Parameter unwritten: number of events that could not be written; if any, the next start finds this run
  ///   interrupted.
  private func finish(unwritten: Int64) {
    state.withLock { state in
      // After trouble with unwritten events, the session is not closed regularly: the next start examines its
      // files.
      let hadTrouble = health.withLock { $0.problem } != nil
      if !hadTrouble || unwritten == 0 { try? state.session?.close(isComplete: unwritten == 0) }
      if let session = state.session { session.lock.markEnded(process: session.run.id) }
      state.session = nil
    }
    health.withLock { health in
      health.files = nil
      health.ended(unwritten: unwritten)
    }
    let closed = LedgerError(.closed, ledger: file.path, problem: "the ledger was closed")
    answer(intake.end(closed), .failure(closed))
  }
}
