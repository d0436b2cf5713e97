import CHealingLinux
import Dispatch
import Foundation
package import Healing
import Synchronization

private enum Timing {
  /// Minimum time from the start of one batch to the next. It bounds the commit rate under light load. Under
  /// load a batch takes longer, so there is no pause.
  static let batchInterval = DispatchTimeInterval.milliseconds(2)
  /// How long a writer that was woken waits for what follows at once: an error is followed by the start of its recovery, and both
  /// are one commit.
  static let gathering = DispatchTimeInterval.microseconds(300)
  /// Number of empty rounds after which the writer sleeps.
  static let idleRounds = 25
  /// Interval of the checks of the store and other runs, also while the writer sleeps.
  static let upkeepInterval = DispatchTimeInterval.milliseconds(500)
}

/// The writer thread: drains the queue, writes each batch in one transaction, commits, and completes the
/// flushes. Calls without another entry wait for their delay. A batch that could not be written is kept and
/// retried. A store that was moved or replaced is opened again.
package final class LedgerWriter<Store: LedgerStore>: Sendable {
  private struct State: ~Copyable {
    var session: Store.Session?
    /// State of the run from the last session; `nil` until the ledger was first opened.
    var earlier: Store.Session.Earlier?
    var batchNumber: Int64 = 0
    var acknowledged: Int64 = 0
  }

  package let queue: WriteQueue
  package let events: LedgerEvents
  private let store: Store
  private let identity: ProcessIdentity
  private let ids: LedgerIDGenerator
  private let time: any TimeSource
  private let pace: WritePace
  // Used by the writer's thread only, once it runs.
  private let state: Lock<State>
  private let health = Lock(WriterHealth())
  private let publisher = StatusPublisher()
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - session: the open session, used only by the writer's thread from now on; `nil` when opening failed and
  ///     is to be retried.
  ///   - problem: the error of that opening.
  ///   - pace: when calls are written, and how many rows.
  package init(
    store: Store, identity: ProcessIdentity, ids: LedgerIDGenerator,
    time: any TimeSource, session: sending Store.Session?, problem: LedgerError?,
    pace: WritePace = WritePace(),
    events: LedgerEvents
  ) {
    self.store = store
    self.identity = identity
    self.ids = ids
    self.time = time
    self.pace = pace
    self.queue = WriteQueue(time: time)
    self.events = events
    health.withLock { health in
      health.placeCheck = session?.placeCheck
      guard let problem else { return }
      _ = health.failed(problem, isWrite: false, wall: time.wallClock(), at: time.monotonicNanoseconds())
    }
    self.state = Lock(State(session: session))
    OpenWriters.shared.add(queue)
    Thread { [self] in
      clinux_name_thread("healing-writer")
      run()
    }.start()
  }

  /// Ends the thread after a last attempt to write all entries. Blocks until the thread has ended.
  /// - Returns: number of events that could not be written.
  package func close() -> Int64 {
    queue.close()
    ended.wait()
    // A second call of `close` must not block.
    ended.signal()
    return health.withLock { $0.unwritten }
  }

  /// Returns the current status. Also checks the files.
  package func status() -> LedgerStatus {
    let now = time.monotonicNanoseconds()
    let health = health.withLock { $0 }
    var problem = health.problem
    if problem == nil, let check = health.placeCheck {
      do throws(LedgerError) { try check() } catch { problem = error }
    }
    let sizes = store.sizes
    let mergedInQueue = queue.mergedEvents
    let age = max(0, health.unwrittenSince.map { now - $0 } ?? 0)
    let uptime = DispatchTime.now().uptimeNanoseconds
    let wait = health.waitingSince.map { Int64(clamping: uptime - min($0, uptime)) } ?? 0
    return LedgerStatus(
      problem: problem, problemSince: health.problemSince ?? problem.map { _ in time.wallClock() },
      failedWrites: health.failedWrites,
      lastCommitAt: health.lastCommitAt,
      oldestUnwrittenAge: .nanoseconds(max(age, wait)),
      unwrittenEvents: health.unwritten + health.inFlight + health.held + queue.events,
      ledgerBytes: sizes.ledger, logBytes: sizes.log, heartbeat: health.heartbeat,
      refusedEvents: health.refusedEvents, mergedEvents: health.mergedEvents.addingClamped(mergedInQueue),
      isMerging: health.mergedInFlight > 0 || mergedInQueue > 0, lastError: health.lastError,
      lastErrorAt: health.lastErrorAt)
  }

  /// Returns a stream of the status: now, and after each change. It ends with the writer.
  package func statusChanges() -> AsyncStream<LedgerStatus> { publisher.subscribe { status() } }

  // MARK: The thread

  private func run() {
    OpenWriters.shared.noteThread(of: queue)
    var buffers = WriteQueue.Buffers()
    var idle = 0
    var unwritten: Int64 = 0
    var nextUpkeep = DispatchTime.now() + Timing.upkeepInterval
    var limiter = DetailLimiter(pace)
    // Since when calls wait in the queue.
    var callsSince: UInt64?
    var wasAsleep = false
    while true {
      health.withLock { $0.beat() }
      let now = DispatchTime.now()
      if now >= nextUpkeep {
        upkeep()
        nextUpkeep = now + Timing.upkeepInterval
      }
      let uptime = now.uptimeNanoseconds
      if let due = timeToTake(limiter, &callsSince, uptime), due > uptime {
        health.withLock { $0.waits(since: Self.earlier(callsSince, limiter.heldSince), held: limiter.events) }
        // A call that finds no other waiting wakes the writer, because its delay begins.
        queue.sleepUntilWork(
          until: min(nextUpkeep, DispatchTime(uptimeNanoseconds: due)), callsWait: callsSince != nil)
        wasAsleep = true
        continue
      }
      callsSince = nil
      if wasAsleep && queue.hasUrgentWork { queue.pause(until: now + Timing.gathering) }
      wasAsleep = false
      let next = now + Timing.batchInterval
      var batch = queue.take(reusing: &buffers)
      let isClosed = queue.isClosed
      limiter.limit(&batch, ClockReading(time), at: uptime, all: !batch.flushes.isEmpty || isClosed)
      queue.hold(limiter.heldSince != nil)
      health.withLock { $0.waits(since: limiter.heldSince, held: limiter.events) }
      if batch.isEmpty {
        answerEmpty(batch.flushes)
        buffers = batch.recycle()
        if isClosed { break }
        idle += 1
        if idle == 2 { compact(isQuiet: true) }
        if idle >= Timing.idleRounds {
          queue.sleepUntilWork(
            until: min(nextUpkeep, limiter.dueAt.map { DispatchTime(uptimeNanoseconds: $0) } ?? nextUpkeep))
          wasAsleep = true
        } else {
          queue.pause(until: next)
        }
        continue
      }
      idle = 0
      let number = state.withLock { state in
        state.batchNumber += 1
        return state.batchNumber
      }
      let merged = batch.mergedEvents
      health.withLock {
        $0.began(at: time.monotonicNanoseconds(), events: batch.events, merged: merged)
      }
      if merged > 0 { publishStatus() }
      guard writeUntilDone(&batch, number: number) else {
        let rest = queue.take(reusing: &buffers)
        answer(rest.flushes, .failure(health.withLock { $0.problem } ?? store.missingError))
        unwritten = batch.events + rest.events + limiter.events
        break
      }
      buffers = batch.recycle()
      compact(isQuiet: false)
      if !queue.isClosed { queue.pause(until: next) }
    }
    finish(unwritten: unwritten)
    ended.signal()
  }

  /// Returns the time at which the writer takes the queue, while only calls wait or entries are held; `nil` when it
  /// takes the queue now.
  /// - Parameter callsSince: since when calls wait; set when they begin to.
  private func timeToTake(_ limiter: DetailLimiter, _ callsSince: inout UInt64?, _ uptime: UInt64) -> UInt64?
  {
    guard pace.sampleDelay > 0, !queue.hasUrgentWork else { return nil }
    if callsSince == nil && queue.hasWork { callsSince = uptime }
    return Self.earlier(callsSince.map { $0 + UInt64(pace.sampleDelay) }, limiter.dueAt)
  }

  private static func earlier(_ first: UInt64?, _ second: UInt64?) -> UInt64? {
    guard let first, let second else { return first ?? second }
    return min(first, second)
  }

  /// Completes flushes when no entry waits. Earlier entries are durable only while the files are in place.
  private func answerEmpty(_ flushes: [WriteQueue.Waiter]) {
    guard !flushes.isEmpty else { return }
    let result = Result { () throws(LedgerError) in
      try state.withLock { state throws(LedgerError) in
        try state.session?.check()
        if state.session == nil { throw health.withLock { $0.problem } ?? store.missingError }
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
  private func answerWritten(_ flushes: [WriteQueue.Waiter]) {
    answer(flushes.filter { !$0.reportsRefusals }, .success(()))
    let reporting = flushes.filter(\.reportsRefusals)
    guard !reporting.isEmpty else { return }
    let refused = health.withLock { $0.takeRefusals() }
    answer(reporting, refused == 0 ? .success(()) : .failure(refusal(of: refused)))
  }

  /// Retries until the batch is durable. Meanwhile the queue merges new entries.
  /// - Returns: false when the ledger was closed and a last attempt failed.
  private func writeUntilDone(_ batch: inout WriteQueue.Batch, number: Int64) -> Bool {
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
        publishStatus()
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
        publishStatus()
        answer(batch.flushes, .failure(error))
        batch.flushes = []
        // Flushes requested meanwhile also fail. After a success they remain in the queue, because their
        // entries may be in the next batch.
        answer(queue.takeFlushes(), .failure(error))
        if queue.isClosed && attempt > 3 { return false }
        queue.pause(until: .now() + .milliseconds(min(2_000, 20 << min(attempt, 7))))
      }
    }
  }

  private func attemptToWrite(
    _ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool, _ state: inout State
  ) -> WriteAttempt {
    do throws(LedgerError) { try openIfNeeded(&state) } catch { return .failed(error, isUsable: false) }
    guard
      let attempt = state.session?.write(batch, number: number, again: again, oneByOne: oneByOne)
    else { return .failed(store.missingError, isUsable: false) }
    switch attempt {
    case .durable: state.acknowledged = number
    case .refused, .failed(_, isUsable: true): break
    case .failed(_, isUsable: false): retire(&state)
    }
    return attempt
  }

  private func refusal(of events: Int64) -> LedgerError {
    LedgerError(
      .refused, ledger: store.path, problem: "\(events) of the recorded events were refused by the database",
      remedy: "see v_gaps, and look for triggers that were added to the file")
  }

  // MARK: Opening again

  private func openIfNeeded(_ state: inout State) throws(LedgerError) {
    guard state.session == nil else { return }
    let isFirst = state.earlier == nil
    // A reader opened meanwhile may hold the index of a log that no longer exists.
    if !isFirst { events.closeReaders() }
    let opened = try store.open(
      SessionRequest(
        identity: identity, ids: ids, time: time, earlier: state.earlier, acceptsLoss: !isFirst,
        notify: events.notify))
    // A batch without a trace in this store was not written. Batch numbers keep rising over all sessions of the
    // run.
    let run = opened.session.runID
    health.withLock { $0.placeCheck = opened.session.placeCheck }
    state.session = opened.session
    if opened.lostBatches > 0 { note(.batchesLost(opened.lostBatches)) }
    if !opened.isSameRun { note(.reopened(run: run)) }
    events.opened(run, opened.isSameRun)
  }

  /// Retires the session and closes every connection of this process to its files, so that the next session
  /// reads the ledger as it is on disk.
  private func retire(_ state: inout State) {
    guard var session = state.session else { return }
    state.session = nil
    state.earlier = session.retire(acknowledged: state.acknowledged, notify: events.notify)
    events.closeReaders()
  }

  private func note(_ notice: LedgerNotice?) {
    if let notice { events.notify(notice) }
  }

  private func publishStatus() { publisher.publish { status() } }

  // MARK: Upkeep

  /// Checks the files and the other runs, twice a second, while no batch is being written.
  private func upkeep() {
    let result = Result { () throws(LedgerError) in
      try state.withLock { state throws(LedgerError) in
        do throws(LedgerError) {
          try openIfNeeded(&state)
          try state.session?.upkeep(lastBatch: state.acknowledged)
        } catch {
          if error.code != .busy { retire(&state) }
          throw error
        }
      }
    }
    let (wall, now) = (time.wallClock(), time.monotonicNanoseconds())
    let notice: LedgerNotice?
    switch result {
    case .success: notice = health.withLock { $0.recovered(at: now) }
    case .failure(let error) where error.code == .busy: return
    case .failure(let error):
      notice = health.withLock { $0.failed(error, isWrite: false, wall: wall, at: now) }
    }
    guard let notice else { return }
    note(notice)
    publishStatus()
  }

  private func answer(_ flushes: [WriteQueue.Waiter], _ result: Result<Void, LedgerError>) {
    for flush in flushes { flush(result) }
  }

  private func compact(isQuiet: Bool) { state.withLock { $0.session?.compact(isQuiet: isQuiet) } }

  /// - Parameter unwritten: number of events that could not be written; if any, the next start finds this run
  ///   interrupted.
  private func finish(unwritten: Int64) {
    state.withLock { state in
      // After trouble with unwritten events, the session is not closed regularly: the next start examines its
      // files.
      let hadTrouble = health.withLock { $0.problem } != nil
      if !hadTrouble || unwritten == 0 { try? state.session?.close(isComplete: unwritten == 0) }
      state.session?.abandon()
      state.session = nil
    }
    health.withLock { health in
      health.placeCheck = nil
      health.ended(unwritten: unwritten)
    }
    publisher.end { status() }
    let closed = LedgerError(.closed, ledger: store.path, problem: "the ledger was closed")
    answer(queue.end(closed), .failure(closed))
    OpenWriters.shared.remove(queue)
  }
}
