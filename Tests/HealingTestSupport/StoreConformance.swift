import Healing
package import HealingLedger
import Synchronization
import Testing

/// The contract of every ``LedgerStore``. Each implementation runs the same suite.
package struct StoreConformance<Store: LedgerStore>: Sendable {
  /// The place of an empty store, and what a test does there without a ledger.
  package struct Place: Sendable {
    let makeStore: @Sendable () throws -> Store
    let refuse: @Sendable () throws -> Void
    let refusedEvents: @Sendable () throws -> Int64
    let remove: @Sendable () throws -> Void

    /// - Parameters:
    ///   - makeStore: returns the store as another process opens it, with separate connections.
    ///   - refuse: makes the store refuse errors of the operation `refused` from now on.
    ///   - refusedEvents: returns the number of events in gaps of the kind `entries_refused`.
    ///   - remove: removes the store from its place.
    package init(
      makeStore: @escaping @Sendable () throws -> Store, refuse: @escaping @Sendable () throws -> Void,
      refusedEvents: @escaping @Sendable () throws -> Int64, remove: @escaping @Sendable () throws -> Void
    ) {
      self.makeStore = makeStore
      self.refuse = refuse
      self.refusedEvents = refusedEvents
      self.remove = remove
    }
  }

  private let makePlace: @Sendable () throws -> Place
  private let time: VirtualTime
  private let errorIDs: LedgerIDGenerator

  /// - Parameter makePlace: returns the place of an empty store.
  package init(_ makePlace: @escaping @Sendable () throws -> Place) {
    self.makePlace = makePlace
    time = VirtualTime()
    errorIDs = LedgerIDGenerator(node: 9, time: time)
  }

  package static var all: [(name: String, test: @Sendable (StoreConformance) async throws -> Void)] {
    [
      ("a batch is durable once it is written", { try await $0.writtenBatch() }),
      ("a batch is written once, however often its attempt is repeated", { try await $0.repeatedBatch() }),
      ("the next session finds a batch whose answer was lost", { try await $0.lostAnswer() }),
      ("a refused entry costs only itself, and a gap counts it", { try await $0.refusedEntry() }),
      ("the next session marks a run that ended without a close", { try await $0.interruptedRun() }),
      ("a recovery is in progress from its last start to its end", { try await $0.restartedRecovery() }),
      ("the poller reports changes by others and not its own", { try await $0.watchedChanges() }),
      ("a writer's flush returns after its entries are durable", { try await $0.flushedWriter() }),
      ("a store that is not at its place says so", { try await $0.missingPlace() }),
    ]
  }

  // MARK: Writing

  private func writtenBatch() async throws {
    let place = try makePlace()
    var session = try open(place.makeStore(), ids(1)).session
    #expect(refused(session.write(batch([call("a"), error("b")]), number: 1)) == 0)
    let reader = try place.makeStore().reader
    #expect(try await calls(reader) == 1)
    #expect(try await reader.errors.recent(component: nil, limit: 9).map(\.operation) == ["op"])
    #expect(try await reader.components.all().map(\.name) == ["a", "b"])
    #expect(try await reader.processes.recent(limit: 9).map(\.end) == [nil])
    try session.check()
    try session.close(isComplete: true)
    #expect(try await place.makeStore().reader.processes.recent(limit: 9).map(\.end) == [.clean])
  }

  private func repeatedBatch() async throws {
    let place = try makePlace()
    var session = try open(place.makeStore(), ids(1)).session
    #expect(refused(session.write(batch([call("a")]), number: 1)) == 0)
    #expect(refused(session.write(batch([call("a")]), number: 1, again: true)) == 0)
    #expect(try await calls(place.makeStore().reader) == 1)
    // The first attempt of this one did not commit.
    #expect(refused(session.write(batch([call("a")]), number: 2, again: true)) == 0)
    #expect(try await calls(place.makeStore().reader) == 2)
    try session.close(isComplete: true)
  }

  private func lostAnswer() async throws {
    let place = try makePlace()
    let (store, ids) = (try place.makeStore(), ids(1))
    var session = try open(store, ids).session
    let run = session.runID
    #expect(refused(session.write(batch([call("a")]), number: 1)) == 0)
    let earlier = session.retire(acknowledged: 0, notify: { _ in })
    let next = try open(store, ids, earlier: earlier)
    #expect(next.isSameRun && next.lostBatches == 0)
    session = next.session
    #expect(session.runID == run)
    #expect(refused(session.write(batch([call("a")]), number: 1, again: true)) == 0)
    #expect(try await calls(place.makeStore().reader) == 1)
    try session.close(isComplete: true)
    #expect(try await place.makeStore().reader.processes.recent(limit: 9).map(\.end) == [.clean])
  }

  private func refusedEntry() async throws {
    let place = try makePlace()
    var session = try open(place.makeStore(), ids(1)).session
    try place.refuse()
    let entries = [error("a"), error("a", "refused", occurrences: 7), call("a"), error("a", "last")]
    let batch = batch(entries)
    guard case .refused = session.write(batch, number: 1, again: false, oneByOne: false) else {
      Issue.record("a refusal is a separate kind of attempt")
      return
    }
    #expect(try await calls(place.makeStore().reader) == 0)
    #expect(refused(session.write(batch, number: 1, again: true, oneByOne: true)) == 7)
    let reader = try place.makeStore().reader
    #expect(try await reader.errors.recent(component: nil, limit: 9).map(\.operation) == ["op", "last"])
    #expect(try await calls(reader) == 1)
    #expect(try place.refusedEvents() == 7)
    try session.close(isComplete: true)
  }

  // MARK: Runs

  private func interruptedRun() async throws {
    let place = try makePlace()
    let ids = ids(1)
    var session = try open(place.makeStore(), ids).session
    let start = RecoveryStart(
      executionID: ids.next(), at: time.wallClock(), component: "a", operation: "op", action: .retry,
      errorID: nil)
    #expect(refused(session.write(batch([.recoveryStarted(start)]), number: 1)) == 0)
    session.abandon()
    var next = try open(place.makeStore(), self.ids(2)).session
    try next.upkeep(lastBatch: 0)
    let reader = try place.makeStore().reader
    #expect(try await reader.processes.recent(limit: 9).map(\.end) == [.interrupted, nil])
    let recoveries = try await reader.recoveries.recent(.all, component: nil, limit: 9)
    #expect(recoveries.map(\.outcome) == [.interrupted])
    #expect(recoveries.map(\.executionID) == [start.executionID])
    try next.close(isComplete: true)
  }

  private func restartedRecovery() async throws {
    let place = try makePlace()
    let ids = ids(1)
    var session = try open(place.makeStore(), ids).session
    func start(_ execution: LedgerID) -> LedgerEntry {
      .recoveryStarted(
        RecoveryStart(
          executionID: execution, at: time.wallClock(), component: "a", operation: "op", action: .retry,
          errorID: nil))
    }
    func end(_ execution: LedgerID) -> LedgerEntry {
      .recovery(
        RecoveryRecord(
          id: ids.next(), at: time.wallClock(), component: "a", operation: "op", executionID: execution,
          action: .retry, outcome: .succeeded, attempts: 2, duration: .zero))
    }
    let (ended, left, restarted, later) = (ids.next(), ids.next(), ids.next(), ids.next())
    let first = batch([
      start(ended), end(ended), start(left), .recoveryEnded(left), start(restarted), end(restarted),
      start(restarted), start(later),
    ])
    #expect(refused(session.write(first, number: 1)) == 0)
    #expect(refused(session.write(batch([start(later), end(later)]), number: 2)) == 0)
    session.abandon()
    var next = try open(place.makeStore(), self.ids(2)).session
    try next.upkeep(lastBatch: 0)
    let recoveries = try await place.makeStore().reader.recoveries.recent(.all, component: nil, limit: 9)
    #expect(recoveries.filter { $0.outcome == .interrupted }.map(\.executionID) == [restarted])
    #expect(recoveries.count == 4)
    try next.close(isComplete: true)
  }

  private func watchedChanges() async throws {
    let place = try makePlace()
    let (store, own, other) = (try place.makeStore(), ids(1), ids(2))
    var session = try open(store, own).session
    var second = try open(place.makeStore(), other).session
    let poller = try store.makeChangePoller(ids: own, isNews: false)
    let seen = Lock<Set<ComponentName>>([])
    let known = Lock<Set<ComponentName>>([])
    poller.addHandler { (breakers: [BreakerSnapshot]) in
      seen.withLock { $0.formUnion(breakers.map(\.component)) }
    }
    poller.addHandler { (changes: [ComponentChange]) in
      for case .known(let name) in changes { known.withLock { _ = $0.insert(name) } }
    }
    #expect(refused(session.write(batch([trip("own", own)]), number: 1)) == 0)
    #expect(refused(second.write(batch([trip("other", other)]), number: 1)) == 0)
    while !seen.withLock({ $0.contains("other") }) { await pause() }
    #expect(seen.withLock { $0 } == ["other"])
    #expect(known.withLock { $0 } == ["own", "other"])
    poller.stop()
    try session.close(isComplete: true)
    try second.close(isComplete: true)
  }

  // MARK: The writer

  private func flushedWriter() async throws {
    let place = try makePlace()
    let (store, ids) = (try place.makeStore(), ids(1))
    let writer = LedgerWriter(
      store: store, identity: ProcessIdentity(), ids: ids, time: time, session: try open(store, ids).session,
      problem: nil,
      events: LedgerEvents(notify: { _ in }, opened: { _, _ in }, closeReaders: { store.closeReader() }))
    for round in 1...3 {
      writer.queue.append(call("a"))
      try await writer.queue.flush()
      #expect(try await calls(place.makeStore().reader) == round)
    }
    #expect(await BlockingThread.run { writer.close() } == 0)
    #expect(try await place.makeStore().reader.processes.recent(limit: 9).map(\.end) == [.clean])
  }

  private func missingPlace() async throws {
    let place = try makePlace()
    let (store, ids) = (try place.makeStore(), ids(1))
    var session = try open(store, ids).session
    try place.remove()
    let error = #expect(throws: LedgerError.self) { try session.check() }
    #expect(error?.code == store.missingError.code)
    guard case .failed(let problem, isUsable: false) = session.write(batch([call("a")]), number: 1) else {
      Issue.record("a store that is gone accepts no batch")
      return
    }
    #expect(problem.code == store.missingError.code)
    let earlier = session.retire(acknowledged: 0, notify: { _ in })
    let missing = #expect(throws: LedgerError.self) { try open(store, ids, earlier: earlier) }
    #expect(missing == store.missingError)
    #expect(missing?.ledger == store.path)
    session.abandon()
  }

  // MARK: Parts

  private func ids(_ node: Int64) -> LedgerIDGenerator { LedgerIDGenerator(node: node, time: time) }

  private func open(_ store: Store, _ ids: LedgerIDGenerator, earlier: Store.Session.Earlier? = nil) throws
    -> OpenedSession<Store.Session>
  {
    try store.open(
      SessionRequest(
        identity: ProcessIdentity(program: "conformance"), ids: ids, time: time, earlier: earlier))
  }

  private func batch(_ entries: [LedgerEntry]) -> WriteQueue.Batch {
    var queue = EntryQueue()
    for entry in entries { queue.append(entry) }
    return WriteQueue.Batch(stripes: [], queue: queue, flushes: [], epochs: EpochMemory())
  }

  private func call(_ component: ComponentName) -> LedgerEntry {
    .sample(
      HealthSample(component: component, at: time.wallClock(), outcome: .success, duration: .milliseconds(1)))
  }

  private func error(_ component: ComponentName, _ operation: String = "op", occurrences: Int = 1)
    -> LedgerEntry
  {
    .error(
      ErrorContext(
        id: errorIDs.next(), at: time.wallClock(), component: component, operation: operation,
        classification: ErrorClassification(category: .network, rule: "test"), type: "T", message: "m",
        occurrences: occurrences))
  }

  private func trip(_ component: ComponentName, _ ids: LedgerIDGenerator) -> LedgerEntry {
    let transition = BreakerTransitionRecord(
      id: ids.next(), at: time.wallClock(), component: component, from: .closed, to: .open,
      reason: "failures", failureCount: 5, consecutiveTrips: 1)
    var breaker = BreakerSnapshot(component: component, updatedAt: time.wallClock())
    breaker.state = .open
    breaker.stateVersion = transition.id.rawValue
    return .transition(transition, breaker)
  }

  /// Number of calls that a reader finds.
  private func calls(_ reader: any LedgerReader) async throws -> Int64 {
    try await reader.samples.rates(.all, component: nil).reduce(0) { $0 + $1.totalRequests }
  }

  /// Number of refused events of a durable batch; `nil` when the batch is not durable.
  private func refused(_ attempt: WriteAttempt) -> Int64? {
    if case .durable(let refused) = attempt { refused } else { nil }
  }
}

extension LedgerSession {
  fileprivate mutating func write(_ batch: WriteQueue.Batch, number: Int64, again: Bool = false)
    -> WriteAttempt
  {
    write(batch, number: number, again: again, oneByOne: false)
  }
}
