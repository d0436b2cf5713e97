import CHealingLinux
package import Dispatch
package import Healing
import Synchronization

/// The bounded queue between those who record and the one who writes.
///
/// Recording appends under a short lock and returns. While the writer is awake it comes by every few
/// milliseconds of its own accord; only when it has gone to sleep does a recorder have to wake it.
package final class WriteQueue: Sendable {
  /// Somebody who waits for a flush.
  package typealias Waiter = CheckedContinuation<Result<Void, LedgerError>, Never>

  /// What the writer takes at once.
  package struct Batch {
    package var stripes: [SampleStripe.Content]
    package var queue: EntryQueue
    package var flushes: [Waiter]
    /// What the process knows of the components' epochs.
    package let epochs: EpochMemory
    /// Says, when the batch is given up, that its samples are needed no more.
    private let drained: @Sendable () -> Void

    package var isEmpty: Bool { queue.isEmpty && stripes.allSatisfy(\.isEmpty) }

    /// How many events it stands for; those that say only that something is known or under way are none.
    package var events: Int64 {
      stripes.reduce(queue.events) { $0 + $1.events }
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

    /// Gives up what is in it.
    /// - Returns: room for a batch to come.
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

    /// A batch of history, put together outside the queue, of which nothing is merged.
    package init(_ entries: [LedgerEntry]) {
      self.init(stripes: [], queue: EntryQueue(entries), flushes: [], epochs: EpochMemory())
    }
  }

  /// Emptied contents of an earlier batch, to be filled again.
  package struct Buffers {
    package var stripes: [SampleStripe.Content] = []
    package var entries: [LedgerEntry] = []
  }

  private struct Shared {
    var queue = EntryQueue()
    var flushes: [Waiter] = []
    var isClosed = false
    /// Set when the writer has ended: the answer to every flush from then on.
    var end: LedgerError?
  }

  private static let stripeCount = 4
  private static let stripeMask = stripeCount - 1
  private let stripes: InlineArray<4, SampleStripe>
  private let shared = Lock(Shared())
  private let writerSleeps = Atomic<Bool>(false)
  private let wakeup = DispatchSemaphore(value: 0)
  private let slots = SlotDrain()
  private let epochs = EpochMemory()
  private let time: any TimeSource
  private let beforeWaking: @Sendable () -> Void

  /// - Parameters:
  ///   - time: the clocks of those who record.
  ///   - beforeWaking: called by a recorder that has seen the writer asleep, before it wakes the writer. Tests hold the
  ///     recorder up there.
  package init(time: any TimeSource, beforeWaking: @escaping @Sendable () -> Void = {}) {
    stripes = InlineArray { _ in SampleStripe() }
    self.time = time
    self.beforeWaking = beforeWaking
  }

  // MARK: For those who record

  package func append(_ call: CallSample) {
    defer { wakeIfAsleep() }
    // Threads that run side by side keep to stripes of their own, until there is room only elsewhere.
    let own = Int(clinux_processor())
    for offset in 0..<Self.stripeCount where stripes[(own &+ offset) & Self.stripeMask].append(call) {
      return
    }
    stripes[own & Self.stripeMask].merge(call)
  }

  package func append(_ entry: LedgerEntry) {
    switch entry {
    case .metricsReset(let name, let at), .forgotten(let name, _, let at, _):
      appendReset(entry, of: name, at: at)
    default:
      shared.withLock { $0.queue.append(entry) }
    }
    if case .transition = entry {
      wakeup.signal()
    } else {
      wakeIfAsleep()
    }
  }

  /// Parts what came before a component's metrics count anew from what comes after it.
  private func appendReset(_ entry: LedgerEntry, of name: ComponentName, at: Timestamp) {
    let clocks = ClockReading(time)
    shared.withLock { shared in
      // Calls that were merged are of one time only, that of the last.
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
    let result = await withCheckedContinuation { (continuation: Waiter) in
      let end = shared.withLock { shared in
        if shared.end == nil { shared.flushes.append(continuation) }
        return shared.end
      }
      if let end { continuation.resume(returning: .failure(end)) } else { wakeup.signal() }
    }
    try result.get()
  }

  /// Lets the writer finish what is there and end.
  package func close() {
    shared.withLock { $0.isClosed = true }
    wakeup.signal()
  }

  /// Wakes the writer when it sleeps, after an entry was appended. No wake-up is lost:
  ///
  /// Before each look at the queues from which the writer may go on to wait, it sets the flag. The look and the append
  /// take the same lock. When the look comes second, it finds the entry. When the append comes second, the flag was set
  /// before it, so this reads that `true` or a value written later: `false` by another recorder, which then owes one
  /// signal, or by the writer, which is awake. A signal ends the wait, and the next wait follows a new setting of the flag
  /// and a new look. So each entry is found by a look, or a signal is still to come.
  ///
  /// A recorder that is held up between its exchange and its signal delays the writer by that long, at most.
  private func wakeIfAsleep() {
    if writerSleeps.load(ordering: .relaxed) { wake() }
  }

  // Apart, so that the way past it stays short.
  @inline(never)
  private func wake() {
    beforeWaking()
    if writerSleeps.exchange(false, ordering: .relaxed) { wakeup.signal() }
  }

  /// How many events are waiting.
  package var events: Int64 {
    stripes.indices.reduce(shared.withLock { $0.queue.events }) { $0 + stripes[$1].events }
  }

  // MARK: For the writer

  package var isClosed: Bool { shared.withLock { $0.isClosed } }

  private var hasWork: Bool {
    shared.withLock { !$0.queue.isEmpty || !$0.flushes.isEmpty || $0.isClosed }
      || stripes.indices.contains { !stripes[$0].isEmpty }
  }

  /// Takes everything. Whoever is waiting for a flush is taken first, so that all they recorded is in; calls
  /// come before the other entries, so that no call is written before a reset of metrics that it came after.
  /// - Parameter room: is used up.
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

  /// The writer ends: nobody answers a flush any more but this.
  package func end(_ error: LedgerError) -> [Waiter] {
    slots.end()
    return shared.withLock { shared in
      shared.end = error
      defer { shared.flushes = [] }
      return shared.flushes
    }
  }

  /// Waits until something is asked for or the time has come.
  package func pause(until time: DispatchTime) {
    _ = wakeup.wait(timeout: time)
  }

  /// Whether all that was recorded before is written. The queues first: an entry that the writer has taken out of them
  /// cleared the flag before.
  package var isIdle: Bool { !hasWork && writerSleeps.load(ordering: .acquiring) }

  /// Whether a recorder has to wake the writer.
  package var writerIsAsleep: Bool { writerSleeps.load(ordering: .relaxed) }

  /// Waits until there is work or the time has come.
  package func sleepUntilWork(until time: DispatchTime) {
    while true {
      // Anew before each look: a recorder that came late may have cleared it. The locks that follow order it.
      writerSleeps.store(true, ordering: .relaxed)
      if hasWork || wakeup.wait(timeout: time) == .timedOut { break }
    }
    writerSleeps.store(false, ordering: .relaxed)
  }
}
