import Dispatch
import Healing
import HealingLedger
import HealingTestSupport
import Synchronization
import Testing

/// What subscribers see of a writer.
@Suite struct StatusChangesTests {
  /// A store whose batches are durable when the test says so.
  private final class HeldStore: LedgerStore {
    struct Session: LedgerSession {
      struct Earlier {}

      let store: HeldStore
      let runID: Int64 = 1
      var placeCheck: @Sendable () throws(LedgerError) -> Void { { () throws(LedgerError) in } }

      func write(_ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool) -> WriteAttempt {
        store.held.withLock { $0 += 1 }
        store.next.wait()
        return store.failure.withLock { $0 }.map { .failed($0, isUsable: true) } ?? .durable(refused: 0)
      }
      func check() throws(LedgerError) {}
      func upkeep(lastBatch: Int64) throws(LedgerError) {}
      func compact(isQuiet: Bool) {}
      func close(isComplete: Bool) throws(LedgerError) {}
      func abandon() {}
      func retire(acknowledged: Int64, notify: (LedgerNotice) -> Void) -> Earlier { Earlier() }
    }

    /// How many attempts to write have begun.
    let held = Lock(0)
    let failure = Lock<LedgerError?>(nil)
    let next = DispatchSemaphore(value: 0)
    let path = "held"
    let missingError = LedgerError(.moved, ledger: "held", problem: "gone")
    let sizes: (ledger: Int64, log: Int64) = (1, 2)
    let reader: any LedgerReader = InMemoryLedger()

    func open(_ request: SessionRequest<Session.Earlier>) throws(LedgerError) -> OpenedSession<Session> {
      throw missingError
    }
    func openReader() throws(LedgerError) {}
    func closeReader() {}
    func makeChangePoller(ids: LedgerIDGenerator, isNews: Bool) throws(LedgerError) -> any StoreChangePoller {
      throw missingError
    }

    func waitForAttempt(_ number: Int) async {
      while held.withLock({ $0 }) < number { await pause() }
    }
  }

  private let store = HeldStore()
  private let time = VirtualTime()
  private let writer: LedgerWriter<HeldStore>

  init() {
    let events = LedgerEvents(notify: { _ in }, opened: { _, _ in }, closeReaders: {})
    writer = LedgerWriter(
      store: store, identity: ProcessIdentity(), ids: LedgerIDGenerator(node: 0, time: time), time: time,
      session: HeldStore.Session(store: store), problem: nil, events: events)
  }

  private func fail(_ count: Int) {
    for _ in 0..<count {
      let classification = ErrorClassification(category: .timeout, rule: "test")
      writer.queue.append(
        .error(
          ErrorContext(
            id: LedgerID(rawValue: 1), at: time.wallClock(), component: "a", operation: "get",
            classification: classification, type: "T", message: "late")))
    }
  }

  /// Lets everything be written from now on, and ends the writer.
  private func end() async {
    for _ in 0..<100 { store.next.signal() }
    await BlockingThread.run { [writer] in _ = writer.close() }
  }

  @Test func `a subscriber sees the status now, commits, merging and its end, and then the stream ends`()
    async throws
  {
    let stream = writer.statusChanges()
    var changes = stream.makeAsyncIterator()
    let first = try #require(await changes.next())
    #expect(first.lastCommitAt == nil && first.unwrittenEvents == 0 && !first.isMerging)
    #expect(first.ledgerBytes == 1 && first.logBytes == 2)
    fail(1)
    await store.waitForAttempt(1)
    time.advance(by: .seconds(3))
    #expect(writer.status().oldestUnwrittenAge == .seconds(3))
    // More than the queue keeps one by one.
    fail(20_000)
    store.next.signal()
    let merging = try #require(await changes.next())
    #expect(merging.isMerging && merging.lastCommitAt == time.wallClock())
    #expect(merging.mergedEvents > 10_000 && merging.mergedEvents < 20_000)
    await store.waitForAttempt(2)
    #expect(writer.status().unwrittenEvents == 20_000)
    store.next.signal()
    var written = merging
    while written.isMerging { written = try #require(await changes.next()) }
    #expect(written.mergedEvents == merging.mergedEvents && written.unwrittenEvents == 0)
    await end()
    while await changes.next() != nil {}
    // One who comes late gets the last status.
    var late = writer.statusChanges().makeAsyncIterator()
    #expect(await late.next()?.mergedEvents == merging.mergedEvents)
    #expect(await late.next() == nil)
  }

  @Test func `a failed write is seen at once, and stays the last error`() async throws {
    var changes = writer.statusChanges().makeAsyncIterator()
    #expect(await changes.next()?.lastError == nil)
    let full = LedgerError(.full, ledger: "held", problem: "the disk is full")
    store.failure.withLock { $0 = full }
    fail(1)
    store.next.signal()
    let failed = try #require(await changes.next())
    #expect(failed.problem == full && failed.lastError == full && failed.failedWrites == 1)
    #expect(failed.lastErrorAt == time.wallClock() && failed.unwrittenEvents == 1)
    await store.waitForAttempt(2)
    time.advance(by: .seconds(1))
    store.failure.withLock { $0 = nil }
    store.next.signal()
    let written = try #require(await changes.next())
    #expect(written.problem == nil && written.problemSince == nil)
    #expect(written.lastError == full && written.lastErrorAt == failed.lastErrorAt)
    await end()
  }

  @Test func `a slow subscriber gets the newest status, and one that has left none`() async throws {
    let slow = writer.statusChanges()
    let left = Task { [stream = writer.statusChanges()] in for await _ in stream { return } }
    await left.value
    for number in 1...3 {
      time.advance(by: .seconds(1))
      fail(1)
      await store.waitForAttempt(number)
      store.next.signal()
      while writer.status().lastCommitAt != time.wallClock() { await pause() }
    }
    await end()
    var seen: [LedgerStatus] = []
    for await status in slow { seen.append(status) }
    #expect(seen.map(\.lastCommitAt) == [time.wallClock()])
  }
}
