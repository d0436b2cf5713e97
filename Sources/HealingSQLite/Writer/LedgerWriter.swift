import Dispatch
import Foundation
import Healing
import Synchronization

/// The one who writes: a thread that takes all that is waiting, writes it in one transaction, commits, and
/// answers those who asked for a flush. A batch that could not be written is kept and tried again.
final class LedgerWriter: Sendable {
  /// From the beginning of one batch to that of the next: it bounds the commits a second under light load. What is
  /// recorded while a batch is written has waited meanwhile; under load there is no pause.
  private static let gathering = DispatchTimeInterval.milliseconds(2)
  /// After this many empty rounds it goes to sleep.
  private static let idleRounds = 25
  /// Frames in the write-ahead log from which on a quiet moment is used for a checkpoint: 8 MiB.
  private static let checkpointFrames = 1_024
  /// Frames from which on it does not wait for a quiet moment: 128 MiB.
  private static let checkpointFramesAtMost = 16_384

  private struct State: ~Copyable {
    var connection: Connection?
    var batchNumber: Int64 = 0
  }

  let intake = Intake()
  private let file: LedgerFile
  private let lock: LedgerLock
  private let process: Int64
  private let ids: LedgerIDGenerator
  private let time: any TimeSource
  private let state: Lock<State>
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameter connection: opened for writing; used by the writer's thread from now on.
  init(
    file: LedgerFile, lock: LedgerLock, process: Int64, ids: LedgerIDGenerator, time: any TimeSource,
    connection: sending Connection
  ) {
    self.file = file
    self.lock = lock
    self.process = process
    self.ids = ids
    self.time = time
    self.state = Lock(State(connection: connection))
    let thread = Thread { [self] in run() }
    thread.name = "healing-writer"
    thread.start()
  }

  /// Ends the thread after a last attempt to write what is there. Blocks until it has ended.
  func close() {
    intake.close()
    ended.wait()
    // Whoever closes it again need not wait for ever.
    ended.signal()
  }

  // MARK: The thread

  private func run() {
    var room = Intake.Room()
    var idle = 0
    var isComplete = true
    while true {
      let next = DispatchTime.now() + Self.gathering
      var batch = intake.take(reusing: &room)
      if batch.isEmpty {
        answer(batch.flushes, .success(()))
        room = batch.giveUpRoom()
        if intake.isClosed { break }
        idle += 1
        if idle == 2 { checkpointIfDue(atLeast: Self.checkpointFrames) }
        if idle >= Self.idleRounds {
          intake.sleepUntilWork()
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
      isComplete = writeUntilDone(&batch, number: number)
      if !isComplete { break }
      room = batch.giveUpRoom()
      checkpointIfDue(atLeast: Self.checkpointFramesAtMost)
      if !intake.isClosed { intake.pause(until: next) }
    }
    finish(isComplete: isComplete)
    lock.markEnded(process: process)
    ended.signal()
  }

  /// Tries until the batch is durable. Meanwhile the queue merges what comes.
  /// - Returns: false when the ledger was closed and a last attempt failed.
  private func writeUntilDone(_ batch: inout Intake.Batch, number: Int64) -> Bool {
    var attempt = 0
    var isRefused = false
    while true {
      attempt += 1
      let wasRefused = isRefused
      let result = write(batch, number: number, again: attempt > 1, isRefused: &isRefused)
      // At once, entry by entry; nobody need hear of it.
      if isRefused && !wasRefused { continue }
      answer(batch.flushes, result)
      batch.flushes = []
      guard case .failure(let error) = result else { return true }
      // Who asked meanwhile hears of the failure. After a success they stay in the queue instead: what they recorded
      // may be in the next batch.
      answer(intake.takeFlushes(), .failure(error))
      if intake.isClosed && attempt > 3 { return false }
      intake.pause(until: .now() + .milliseconds(min(2_000, 20 << min(attempt, 7))))
    }
  }

  /// - Parameter isRefused: whether SQLite has refused an entry of the batch, now or before; the batch is then
  ///   written without what is refused.
  private func write(
    _ batch: Intake.Batch, number: Int64, again: Bool, isRefused: inout Bool
  ) -> Result<Void, LedgerError> {
    Result { () throws(LedgerError) in
      try lock.withWriteLock { () throws(LedgerError) in
        try state.withLock { state throws(LedgerError) in
          let connection = try openIfNeeded(&state)
          do throws(SQLiteError) {
            var writer = BatchWriter(connection: connection, process: process, ids: ids, time: time)
            if again, try writer.committed(number) { return }
            try writer.write(batch, number: number, oneByOne: isRefused)
          } catch {
            isRefused = isRefused || error.isRefusal
            // After a failed write nothing this connection believes is to be relied on.
            if !error.isBusy && !error.isRefusal { state.connection = nil }
            throw file.ledgerError(error)
          }
        }
      }
    }
  }

  private func openIfNeeded(_ state: inout State) throws(LedgerError) -> Connection {
    if let connection = state.connection { return connection }
    let connection = try file.openWriter(now: time.wallClock())
    state.connection = connection
    return connection
  }

  private func answer(
    _ flushes: [Intake.Waiter], _ result: Result<Void, LedgerError>
  ) {
    for flush in flushes { flush.resume(returning: result) }
  }

  /// Checkpoints outside of any commit, so that no flush waits for it. What fails here is tried again later.
  private func checkpointIfDue(atLeast frames: Int) {
    guard state.withLock({ $0.connection?.loggedFrames ?? 0 >= frames }) else { return }
    try? lock.withWriteLock { () throws(LedgerError) in
      state.withLock { state in
        _ = try? state.connection?.checkpoint(truncating: false)
      }
    }
  }

  /// - Parameter isComplete: all that was recorded is written; if not, the next start finds this run interrupted.
  private func finish(isComplete: Bool) {
    let now = time.wallClock()
    try? lock.withWriteLock { () throws(LedgerError) in
      state.withLock { state in
        guard let connection = state.connection else { return }
        if isComplete {
          try? connection.transaction { () throws(SQLiteError) in
            try ProcessTable.end(process: process, .clean, at: now, connection)
          }
        }
        _ = try? connection.checkpoint(truncating: true)
        state.connection = nil
      }
    }
    let closed = LedgerError(.closed, ledger: file.path, problem: "the ledger was closed")
    answer(intake.end(closed), .failure(closed))
  }
}
