import CLinux
import Dispatch
import Healing
import Synchronization

/// The bounded queue between those who record and the one who writes.
///
/// Recording appends under a short lock and returns. While the writer is awake it comes by every few
/// milliseconds of its own accord; only when it has gone to sleep does a recorder have to wake it.
final class Intake: Sendable {
  /// Somebody who waits for a flush.
  typealias Waiter = CheckedContinuation<Result<Void, LedgerError>, Never>

  /// What the writer takes at once.
  struct Batch {
    var stripes: [SampleStripe.Content]
    var queue: EntryQueue
    var flushes: [Waiter]
    /// Says, when the batch is given up, that its samples are needed no more.
    private let drained: @Sendable () -> Void

    var isEmpty: Bool { queue.isEmpty && stripes.allSatisfy(\.isEmpty) }

    /// How many events it stands for; those that say only that something is known or under way are none.
    var events: Int64 {
      stripes.reduce(queue.events) { $0 + $1.events }
    }

    init(
      stripes: [SampleStripe.Content], queue: EntryQueue, flushes: [Waiter],
      drained: @escaping @Sendable () -> Void = {}
    ) {
      self.drained = drained
      self.stripes = stripes
      self.queue = queue
      self.flushes = flushes
    }

    /// Gives up what is in it.
    /// - Returns: room for a batch to come.
    mutating func giveUpRoom() -> Room {
      drained()
      var room = Room(entries: queue.giveUpRoom())
      swap(&room.stripes, &stripes)
      for index in room.stripes.indices {
        room.stripes[index].calls.removeAll(keepingCapacity: true)
        room.stripes[index].merged.removeAll(keepingCapacity: true)
      }
      return room
    }

    /// A batch of a few entries, put together outside the queue.
    init(_ entries: [LedgerEntry]) {
      self.init(stripes: [], queue: EntryQueue(), flushes: [])
      for entry in entries { queue.append(entry) }
    }
  }

  /// Emptied contents of an earlier batch, to be filled again.
  struct Room {
    var stripes: [SampleStripe.Content] = []
    var entries: [LedgerEntry] = []
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
  private let bell = DispatchSemaphore(value: 0)
  private let slots = SlotDrain()

  init() {
    stripes = InlineArray { _ in SampleStripe() }
  }

  // MARK: For those who record

  func append(_ call: CallSample) {
    defer { wakeIfAsleep() }
    // Threads that run side by side keep to stripes of their own, until there is room only elsewhere.
    let own = Int(clinux_processor())
    for offset in 0..<Self.stripeCount where stripes[(own &+ offset) & Self.stripeMask].append(call) {
      return
    }
    stripes[own & Self.stripeMask].merge(call)
  }

  func append(_ entry: LedgerEntry) {
    shared.withLock { $0.queue.append(entry) }
    if case .transition = entry {
      bell.signal()
    } else {
      wakeIfAsleep()
    }
  }

  func flush() async throws(LedgerError) {
    let result = await withCheckedContinuation { (continuation: Waiter) in
      let end = shared.withLock { shared in
        if shared.end == nil { shared.flushes.append(continuation) }
        return shared.end
      }
      if let end { continuation.resume(returning: .failure(end)) } else { bell.signal() }
    }
    try result.get()
  }

  /// Lets the writer finish what is there and end.
  func close() {
    shared.withLock { $0.isClosed = true }
    bell.signal()
  }

  /// The writer went to sleep before it looked at the queues for a last time, under the same locks as the
  /// appending: so either it saw the entry, or this sees that it sleeps.
  private func wakeIfAsleep() {
    if writerSleeps.load(ordering: .relaxed), writerSleeps.exchange(false, ordering: .relaxed) {
      bell.signal()
    }
  }

  /// How many events are waiting.
  var events: Int64 {
    stripes.indices.reduce(shared.withLock { $0.queue.events }) { $0 + stripes[$1].events }
  }

  // MARK: For the writer

  var isClosed: Bool { shared.withLock { $0.isClosed } }

  private var hasWork: Bool {
    shared.withLock { !$0.queue.isEmpty || !$0.flushes.isEmpty || $0.isClosed }
      || stripes.indices.contains { !stripes[$0].isEmpty }
  }

  /// Takes everything. Whoever is waiting for a flush is taken first, so that all they recorded is in; calls
  /// come before the other entries, so that no call is written before a reset of metrics that it came after.
  /// - Parameter room: is used up.
  func take(reusing room: inout Room) -> Batch {
    let flushes = takeFlushes()
    let mark = slots.mark()
    var contents = room.stripes
    let entries = room.entries
    room = Room()
    while contents.count < Self.stripeCount { contents.append(SampleStripe.Content()) }
    for index in stripes.indices { stripes[index].swap(with: &contents[index]) }
    let queue = shared.withLock { $0.queue.take(reusing: entries) }
    return Batch(stripes: contents, queue: queue, flushes: flushes) { [slots] in slots.drained(since: mark) }
  }

  func takeFlushes() -> [Waiter] {
    shared.withLock { shared in
      defer { shared.flushes = [] }
      return shared.flushes
    }
  }

  /// The writer ends: nobody answers a flush any more but this.
  func end(_ error: LedgerError) -> [Waiter] {
    slots.end()
    return shared.withLock { shared in
      shared.end = error
      defer { shared.flushes = [] }
      return shared.flushes
    }
  }

  /// Waits until something is asked for or the time has come.
  func pause(until time: DispatchTime) {
    _ = bell.wait(timeout: time)
  }

  /// Waits until there is work or the time has come.
  func sleepUntilWork(until time: DispatchTime) {
    writerSleeps.store(true, ordering: .sequentiallyConsistent)
    while !hasWork {
      if bell.wait(timeout: time) == .timedOut { break }
    }
    writerSleeps.store(false, ordering: .relaxed)
  }
}
