import CHealingLinux
package import Dispatch
package import Healing
import Synchronization

/// The bounded queue between the recording threads and the writer.
///
/// Recording appends under a short lock and returns. While the writer is awake it polls the queue every few
/// milliseconds. A recorder must wake it only when it sleeps. While calls alone wait for their delay, only a recorder
/// of another entry wakes it, or one that fills half the room.
package final class WriteQueue: Sendable {
  /// A flush that waits.
  package struct Waiter: Sendable {
    /// Whether the flush fails when the ledger has refused entries. Refusals are reported once.
    package let reportsRefusals: Bool
    /// Resumes the task or the thread that waits.
    private let complete: @Sendable (Result<Void, LedgerError>) -> Void

    fileprivate init(
      reportsRefusals: Bool, _ complete: @escaping @Sendable (Result<Void, LedgerError>) -> Void
    ) {
      self.reportsRefusals = reportsRefusals
      self.complete = complete
    }

    package func callAsFunction(_ result: Result<Void, LedgerError>) { complete(result) }
  }

  /// The entries that the writer takes at once.
  package struct Batch {
    package var stripes: [SampleStripe.Content]
    package var queue: EntryQueue
    /// Rows of calls that the ``DetailLimiter`` made, by the end of their last call. They come before ``stripes``.
    package var rows: [CallRow] = []
    /// Errors that the ``DetailLimiter`` merged or held. They come before ``queue``.
    package var errors: [ErrorContext] = []
    package var flushes: [Waiter]
    /// The process's marks of the components' epochs.
    package let epochs: EpochMemory
    /// Called when the batch is written and released: its samples no longer need their slots.
    private let drained: @Sendable () -> Void

    package var isEmpty: Bool {
      queue.isEmpty && rows.isEmpty && errors.isEmpty && stripes.allSatisfy(\.isEmpty)
    }

    /// Number of events in the batch. Entries such as a known component, a breaker's counts or a started
    /// recovery do not count.
    package var events: Int64 {
      let waiting = stripes.reduce(queue.events) { $0 + $1.events }
      let rows = rows.reduce(waiting) { $0.addingClamped($1.counts.total) }
      return errors.reduce(rows) { $0.addingClamped($1.events) }
    }

    /// Number of events in the batch that were merged or dropped because the queue was full.
    package var mergedEvents: Int64 {
      stripes.reduce(queue.mergedEvents) { $0.addingClamped($1.mergedEvents) }
    }

    package init(
      stripes: [SampleStripe.Content], queue: EntryQueue, flushes: [Waiter], epochs: EpochMemory,
      drained: @escaping @Sendable () -> Void = {}
    ) {
      self.drained = drained
      self.stripes = stripes
      self.queue = queue
      self.flushes = flushes
      self.epochs = epochs
    }

    /// Clears the batch.
    /// - Returns: its storage for a later batch.
    package mutating func recycle() -> Buffers {
      drained()
      var room = Buffers(entries: queue.recycle())
      swap(&room.stripes, &stripes)
      for index in room.stripes.indices {
        room.stripes[index].calls.removeAll(keepingCapacity: true)
        room.stripes[index].merged.removeAll(keepingCapacity: true)
      }
      return room
    }

    /// Creates a batch of entries outside the queue, without merged ones.
    package init(_ entries: [LedgerEntry]) {
      self.init(stripes: [], queue: EntryQueue(entries), flushes: [], epochs: EpochMemory())
    }
  }

  /// Storage of an earlier batch, for reuse.
  package struct Buffers {
    package var stripes: [SampleStripe.Content] = []
    package var entries: [LedgerEntry] = []
  }

  private struct Shared {
    var queue = EntryQueue()
    var flushes: [Waiter] = []
    var isClosed = false
    /// Set when the writer has ended: the result of every later flush.
    var end: LedgerError?

    /// - Returns: the error of the flush if the writer has ended.
    mutating func add(_ waiter: Waiter) -> LedgerError? {
      if end == nil { flushes.append(waiter) }
      return end
    }
  }

  private static let stripeCount = 4
  private static let stripeMask = stripeCount - 1
  private let stripes: InlineArray<4, SampleStripe>
  private let shared = Lock(Shared())
  /// Which recorders wake the writer.
  private enum Sleep {
    /// None: the writer is awake.
    static let none: UInt8 = 0
    /// Those of entries that cannot wait.
    static let lightly: UInt8 = 1
    /// All.
    static let deeply: UInt8 = 2
  }
  private let sleep = Atomic<UInt8>(Sleep.none)
  /// Whether the writer holds entries that it took from the queue.
  private let isHolding = Atomic<Bool>(false)
  private let wakeup = DispatchSemaphore(value: 0)
  private let slots = SlotDrain()
  private let epochs = EpochMemory()
  private let time: any TimeSource
  private let beforeWaking: @Sendable () -> Void

  /// - Parameters:
  ///   - time: the clocks of the recorders.
  ///   - beforeWaking: called by a recorder that has seen the writer asleep, before it wakes the writer. Tests
  ///     suspend the recorder there.
  package init(time: any TimeSource, beforeWaking: @escaping @Sendable () -> Void = {}) {
    stripes = InlineArray { _ in SampleStripe() }
    self.time = time
    self.beforeWaking = beforeWaking
  }

  // MARK: Recording

  package func append(_ call: CallSample) {
    // Threads on different processors use different stripes, until only others have room.
    let own = Int(clinux_processor())
    for offset in 0..<Self.stripeCount {
      let count = stripes[(own &+ offset) & Self.stripeMask].append(call)
      if count > 0 { return wakeIfAsleep(count < SampleStripe.capacity / 2 ? Sleep.deeply : Sleep.lightly) }
    }
    stripes[own & Self.stripeMask].merge(call)
    wakeIfAsleep(Sleep.lightly)
  }

  package func append(_ entry: LedgerEntry) {
    if let (name, at) = entry.epoch {
      appendReset(entry, of: name, at: at)
    } else {
      shared.withLock { $0.queue.append(entry) }
    }
    if entry.isUrgent {
      wakeup.signal()
    } else {
      wakeIfAsleep(entry.canWait ? Sleep.deeply : Sleep.lightly)
    }
  }

  /// Separates the calls before a reset of a component's metrics from those after it.
  private func appendReset(_ entry: LedgerEntry, of name: ComponentName, at: Timestamp) {
    let clocks = ClockReading(time)
    shared.withLock { shared in
      // Merged calls have only one time, that of the last call.
      for index in stripes.indices {
        for (slot, merged) in stripes[index].takeMerged(name) {
          let endedAt = Timestamp(microseconds: clocks.wall(at: merged.endedAt))
          var sample = HealthSample(component: name, at: endedAt, counts: merged.counts)
          sample.executions = merged.executions
          sample.rejections = merged.rejectedOperations(of: slot)
          shared.queue.append(merged: sample)
        }
      }
      let now = time.monotonicNanoseconds()
      shared.queue.append(entry, at: now)
      epochs.start(name, at: at, monotonic: now)
    }
  }

  package func flush() async throws(LedgerError) {
    let result = await withCheckedContinuation { continuation in
      flush { continuation.resume(returning: $0) }
    }
    try result.get()
  }

  /// Calls `completion` when everything recorded before the call is durable, or could not be made durable now.
  package func flush(
    reportsRefusals: Bool = true, _ completion: @escaping @Sendable (Result<Void, LedgerError>) -> Void
  ) {
    let waiter = Waiter(reportsRefusals: reportsRefusals, completion)
    finishAdding(waiter, shared.withLock { $0.add(waiter) })
  }

  /// The same, unless a thread holds the queue's lock.
  /// - Returns: whether the flush was added.
  package func flushIfUnlocked(
    _ completion: @escaping @Sendable (Result<Void, LedgerError>) -> Void
  ) -> Bool {
    let waiter = Waiter(reportsRefusals: false, completion)
    guard let end = shared.withLockIfAvailable({ $0.add(waiter) }) else { return false }
    finishAdding(waiter, end)
    return true
  }

  private func finishAdding(_ waiter: Waiter, _ end: LedgerError?) {
    if let end { waiter(.failure(end)) } else { wakeup.signal() }
  }

  /// Makes the writer write the remaining entries and end.
  package func close() {
    shared.withLock { $0.isClosed = true }
    wakeup.signal()
  }

  /// Wakes the writer if it sleeps, after an entry was appended. No wake-up is lost:
  ///
  /// Before each check of the queues after which the writer may wait, it sets the flag. The check and the
  /// append take the same lock. When the check comes second, it finds the entry. When the append comes second,
  /// the flag was set before it, so this reads that `true` or a value written later: `false` by another
  /// recorder, which then owes one signal, or by the writer, which is awake. A signal ends the wait, and before
  /// the next wait the writer sets the flag and checks again. So each entry is found by a check, or a signal is
  /// still to come.
  ///
  /// A recorder that is suspended between its exchange and its signal delays the writer by at most that time.
  ///
  /// The same holds for each depth of sleep and the entries that its check finds.
  /// - Parameter depth: the lightest sleep that the entry ends.
  private func wakeIfAsleep(_ depth: UInt8) {
    if sleep.load(ordering: .relaxed) >= depth { wake() }
  }

  // A separate function, so that the fast path stays short.
  @inline(never)
  private func wake() {
    beforeWaking()
    if sleep.exchange(Sleep.none, ordering: .relaxed) != Sleep.none { wakeup.signal() }
  }

  /// Number of events in the queue.
  package var events: Int64 {
    stripes.indices.reduce(shared.withLock { $0.queue.events }) { $0 + stripes[$1].events }
  }

  /// Number of events in the queue that were merged or dropped because it was full.
  package var mergedEvents: Int64 {
    stripes.indices.reduce(shared.withLock { $0.queue.mergedEvents }) {
      $0.addingClamped(stripes[$1].mergedEvents)
    }
  }

  // MARK: Writing

  package var isClosed: Bool { shared.withLock { $0.isClosed } }

  /// Whether something waits that the writer must not delay.
  package var hasUrgentWork: Bool {
    shared.withLock { $0.queue.isUrgent || !$0.flushes.isEmpty || $0.isClosed }
      || stripes.indices.contains { stripes[$0].isHalfFull }
  }

  /// Whether anything waits.
  package var hasWork: Bool {
    shared.withLock { !$0.queue.isEmpty || !$0.flushes.isEmpty || $0.isClosed }
      || stripes.indices.contains { !stripes[$0].isEmpty }
  }

  /// Takes all entries. The flushes are taken first, so that the batch has everything that their callers
  /// recorded before. Calls are taken before the other entries, so that no call is written before a reset of
  /// metrics that it came after.
  /// - Parameter room: storage to reuse; it is emptied.
  package func take(reusing room: inout Buffers) -> Batch {
    let flushes = takeFlushes()
    let mark = slots.mark()
    var contents = room.stripes
    let entries = room.entries
    room = Buffers()
    while contents.count < Self.stripeCount { contents.append(SampleStripe.Content()) }
    for index in stripes.indices { stripes[index].swap(with: &contents[index]) }
    let queue = shared.withLock { $0.queue.take(reusing: entries) }
    return Batch(stripes: contents, queue: queue, flushes: flushes, epochs: epochs) { [slots] in
      slots.drained(since: mark)
    }
  }

  package func takeFlushes() -> [Waiter] {
    shared.withLock { shared in
      defer { shared.flushes = [] }
      return shared.flushes
    }
  }

  /// Ends the queue with the writer: every flush from now on fails with this error.
  /// - Returns: the waiting flushes.
  package func end(_ error: LedgerError) -> [Waiter] {
    slots.end()
    return shared.withLock { shared in
      shared.end = error
      defer { shared.flushes = [] }
      return shared.flushes
    }
  }

  /// Waits for a signal or until the time.
  package func pause(until time: DispatchTime) {
    _ = wakeup.wait(timeout: time)
  }

  /// Whether everything recorded before is written. Checks the queues first: the writer clears the flag before
  /// it takes an entry.
  package var isIdle: Bool {
    !hasWork && sleep.load(ordering: .acquiring) == Sleep.deeply && !isHolding.load(ordering: .relaxed)
  }

  /// Whether every recorder must wake the writer.
  package var writerIsAsleep: Bool { sleep.load(ordering: .relaxed) == Sleep.deeply }

  /// Records whether the writer holds entries that are not written yet. Called before it sleeps.
  package func hold(_ holds: Bool) { isHolding.store(holds, ordering: .relaxed) }

  /// Waits until there is work or until the time.
  /// - Parameter callsWait: whether calls are no work unless they fill half the room.
  package func sleepUntilWork(until time: DispatchTime, callsWait: Bool = false) {
    let depth = callsWait ? Sleep.lightly : Sleep.deeply
    while true {
      // Set again before each check: a late recorder may have cleared it. The locks taken after it order the
      // store for recorders; releasing orders what the writer holds for readers.
      sleep.store(depth, ordering: .releasing)
      if (callsWait ? hasUrgentWork : hasWork) || wakeup.wait(timeout: time) == .timedOut { break }
    }
    sleep.store(Sleep.none, ordering: .relaxed)
  }
}
