import Healing
import HealingLedger
import HealingTestSupport
import Synchronization

/// A store in memory: what a ``LedgerWriter`` needs of a store, and nothing of SQLite.
struct MemoryStore: LedgerStore {
  let place: MemoryPlace

  var path: String { "memory" }
  var missingError: LedgerError { LedgerError(.moved, ledger: path, problem: "the store is gone") }
  var sizes: (ledger: Int64, log: Int64) { (0, 0) }
  var reader: any LedgerReader { Reader(place: place) }

  func open(_ request: SessionRequest<Session.Earlier>) throws(LedgerError) -> OpenedSession<Session> {
    if place.isRemoved { throw missingError }
    let run = request.earlier ?? place.begin(request.identity, at: request.time.wallClock())
    let session = Session(store: self, ids: request.ids, time: request.time, runID: run)
    session.endDeadRuns()
    return OpenedSession(session: session, lostBatches: 0, isSameRun: request.earlier == run)
  }

  func openReader() throws(LedgerError) {}
  func closeReader() {}

  func makeChangePoller(ids: LedgerIDGenerator, isNews: Bool) throws(LedgerError) -> any StoreChangePoller {
    place.poller(ids)
  }

  struct Session: LedgerSession {
    let store: MemoryStore
    let ids: LedgerIDGenerator
    let time: any TimeSource
    let runID: Int64

    var placeCheck: @Sendable () throws(LedgerError) -> Void {
      { [store] () throws(LedgerError) in if store.place.isRemoved { throw store.missingError } }
    }

    func write(_ batch: WriteQueue.Batch, number: Int64, again: Bool, oneByOne: Bool) -> WriteAttempt {
      if store.place.isRemoved { return .failed(store.missingError, isUsable: false) }
      return store.place.write(batch, number: number, of: runID, oneByOne: oneByOne)
    }

    func check() throws(LedgerError) { try placeCheck() }

    func upkeep(lastBatch: Int64) throws(LedgerError) {
      try check()
      endDeadRuns()
    }

    func compact(isQuiet: Bool) {}
    func close(isComplete: Bool) throws(LedgerError) {
      store.place.end(runID, isComplete ? .clean : nil, at: time.wallClock())
    }
    func abandon() { store.place.end(runID, nil, at: time.wallClock()) }
    func retire(acknowledged: Int64, notify: (LedgerNotice) -> Void) -> Int64 { runID }

    fileprivate func endDeadRuns() { store.place.endDeadRuns(ids, at: time.wallClock()) }
  }

  private struct Reader: LedgerReader, ProcessRepository {
    let place: MemoryPlace

    var errors: any ErrorRepository { place.ledger.errors }
    var samples: any HealthSampleRepository { place.ledger.samples }
    var checks: any HealthCheckRepository { place.ledger.checks }
    var recoveries: any RecoveryRepository { place.ledger.recoveries }
    var breakers: any BreakerRepository { place.ledger.breakers }
    var components: any ComponentRepository { place.ledger.components }
    var processes: any ProcessRepository { self }
    var feed: any FeedRepository { place.ledger.feed }

    func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord] { place.processes.suffix(limit) }
  }
}

/// The contents of a ``MemoryStore``, shared by its processes.
final class MemoryPlace: Sendable {
  private struct Run {
    var process: ProcessRecord
    var batch: Int64 = 0
    /// Whether the run's process holds it open; a run that is neither held nor ended is dead.
    var isHeld = true
    var inProgress: [LedgerID: RecoveryStart] = [:]
  }

  private struct State {
    var runs: [Run] = []
    var refuses = false
    var refusedEvents: Int64 = 0
    var isRemoved = false
    var pollers: [Poller] = []
  }

  let ledger = InMemoryLedger(time: VirtualTime())
  private let state = Lock(State())

  var isRemoved: Bool { state.withLock { $0.isRemoved } }
  var refusedEvents: Int64 { state.withLock { $0.refusedEvents } }
  var processes: [ProcessRecord] { state.withLock { $0.runs.map(\.process) } }

  func refuse() { state.withLock { $0.refuses = true } }
  func remove() { state.withLock { $0.isRemoved = true } }

  func begin(_ identity: ProcessIdentity, at now: Timestamp) -> Int64 {
    state.withLock { state in
      let number = Int64(state.runs.count + 1)
      let process = ProcessRecord(
        id: number, host: identity.host, pid: identity.pid, program: identity.program,
        release: identity.release, startedAt: now, lastWriteAt: now, endedAt: nil, end: nil)
      state.runs.append(Run(process: process))
      return number
    }
  }

  func end(_ run: Int64, _ end: ProcessRecord.End?, at now: Timestamp) {
    state.withLock { state in
      let index = Int(run) - 1
      state.runs[index].isHeld = false
      if let end { (state.runs[index].process.end, state.runs[index].process.endedAt) = (end, now) }
    }
  }

  func endDeadRuns(_ ids: LedgerIDGenerator, at now: Timestamp) {
    let interrupted = state.withLock { state in
      var starts: [RecoveryStart] = []
      for index in state.runs.indices where !state.runs[index].isHeld && state.runs[index].process.end == nil
      {
        (state.runs[index].process.end, state.runs[index].process.endedAt) = (.interrupted, now)
        starts += state.runs[index].inProgress.values
        state.runs[index].inProgress = [:]
      }
      return starts
    }
    for start in interrupted {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ids.next(), at: now, component: start.component, operation: start.operation,
            executionID: start.executionID, action: start.action, outcome: .interrupted, attempts: 1,
            duration: now - start.at)))
    }
  }

  func write(_ batch: WriteQueue.Batch, number: Int64, of run: Int64, oneByOne: Bool) -> WriteAttempt {
    let entries = batch.queue.all
    let refused = entries.filter(isRefused)
    if !refused.isEmpty && !oneByOne {
      return .refused(LedgerError(.refused, ledger: "memory", problem: "an entry is refused"))
    }
    let isNew = state.withLock { state in
      let index = Int(run) - 1
      guard state.runs[index].batch < number else { return false }
      state.runs[index].batch = number
      for entry in entries {
        switch entry {
        case .recoveryStarted(let start): state.runs[index].inProgress[start.executionID] = start
        case .recoveryEnded(let execution): state.runs[index].inProgress[execution] = nil
        case .recovery(let recovery):
          if let execution = recovery.executionID { state.runs[index].inProgress[execution] = nil }
        default: break
        }
      }
      return true
    }
    guard isNew else { return .durable(refused: 0) }
    for row in batch.rows {
      var sample = HealthSample(
        component: row.component, at: Timestamp(microseconds: row.at), counts: row.counts)
      sample.executions = row.executions
      sample.rejections = row.rejections
      ledger.record(.sample(sample))
    }
    for error in batch.errors { ledger.record(.error(error)) }
    for entry in entries where !isRefused(entry) { ledger.record(entry) }
    for call in CallsInOrder(batch.stripes.map(\.calls)) { ledger.record(call) }
    let events = refused.reduce(0) { $0 + $1.events }
    let pollers = state.withLock { state in
      state.refusedEvents += events
      return state.pollers
    }
    for poller in pollers { poller.report(entries) }
    return .durable(refused: events)
  }

  private func isRefused(_ entry: LedgerEntry) -> Bool {
    guard case .error(let error) = entry else { return false }
    return error.operation == "refused" && state.withLock { $0.refuses }
  }

  func poller(_ ids: LedgerIDGenerator) -> any StoreChangePoller {
    let poller = Poller(ids: ids)
    state.withLock { $0.pollers.append(poller) }
    return poller
  }

  private final class Poller: StoreChangePoller {
    private let ids: LedgerIDGenerator
    private let breakers = Lock<[@Sendable ([BreakerSnapshot]) -> Void]>([])
    private let components = Lock<[@Sendable ([ComponentChange]) -> Void]>([])

    init(ids: LedgerIDGenerator) { self.ids = ids }

    func addHandler(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) {
      breakers.withLock { $0.append(handler) }
    }
    func addHandler(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) {
      components.withLock { $0.append(handler) }
    }
    func beginAnew() {}
    func closeReader() {}
    func stop() {
      breakers.withLock { $0 = [] }
      components.withLock { $0 = [] }
    }

    func report(_ entries: [LedgerEntry]) {
      let known = entries.compactMap { entry in entry.component.map { ComponentChange.known($0) } }
      for handler in components.withLock({ $0 }) { handler(known) }
      let moved = entries.compactMap { entry -> BreakerSnapshot? in
        guard case .transition(let transition, let breaker) = entry, !ids.gaveOut(transition.id) else {
          return nil
        }
        return breaker
      }
      if !moved.isEmpty { for handler in breakers.withLock({ $0 }) { handler(moved) } }
    }
  }
}
