package import Healing
import Synchronization

/// The read side of an open ledger, and the number of its run. Both change when the file is opened late or
/// opened again.
package final class LedgerAccess<Store: LedgerStore>: Sendable {
  private let store: Store
  private let ids: LedgerIDGenerator
  private let opened = Atomic<Bool>(false)
  private let number = Atomic<Int64>(0)

  private struct State {
    /// Serves reads until the file has been opened; `nil` from then on, and when opening must succeed at once.
    var memory: InMemoryLedger?
    var watch: (any StoreChangePoller)?
    /// Calls that wait for the watch until the file is open.
    var waiting: [@Sendable (any StoreChangePoller) -> Void] = []
  }
  private let state: Lock<State>

  /// - Parameters:
  ///   - ids: id generator of this process.
  ///   - memory: serves reads until the file has been opened.
  package init(store: Store, ids: LedgerIDGenerator, memory: InMemoryLedger?) {
    self.ids = ids
    self.store = store
    state = Lock(State(memory: memory))
  }

  /// Whether the file has been opened.
  package var isOpen: Bool { opened.load(ordering: .acquiring) }
  /// Number of the run on the ledger; 0 before the file has been opened.
  package var run: Int64 { number.load(ordering: .relaxed) }
  /// The reader that serves reads now.
  package var current: any LedgerReader {
    isOpen ? store.reader : state.withLock { $0.memory } ?? store.reader
  }

  /// Opens the file for reading now, so that the caller of the initialiser receives the error.
  package func openReader() throws(LedgerError) { try store.openReader() }

  /// Called when the file has been opened, for the first time or again.
  /// - Parameter isSameRun: false when another ledger is under the path than before.
  package func open(run: Int64, isSameRun: Bool = true) {
    number.store(run, ordering: .relaxed)
    if opened.exchange(true, ordering: .acquiringAndReleasing) {
      if !isSameRun { state.withLock { $0.watch }?.beginAnew() }
      return
    }
    let waiting = state.withLock { state in
      state.memory = nil
      defer { state.waiting = [] }
      return state.waiting
    }
    // Changes by other processes since then are reported to the waiting handlers.
    for body in waiting { try? watching(isNews: true, body) }
  }

  /// Records in memory an entry that also waits for the file.
  package func recordInMemory(_ body: (InMemoryLedger) -> Void) {
    if let memory = state.withLock({ $0.memory }) { body(memory) }
  }

  /// Passes `body` the watch over changes by other processes: now, or when the file has been opened.
  /// - Parameter isNews: whether a new watch reports the current contents as changes.
  package func watching(isNews: Bool = false, _ body: @escaping @Sendable (any StoreChangePoller) -> Void)
    throws(LedgerError)
  {
    let isWaiting = state.withLock { state in
      guard state.memory != nil else { return false }
      state.waiting.append(body)
      return true
    }
    if isWaiting { return }
    let watch = try state.withLock { state throws(LedgerError) in
      if let watch = state.watch { return watch }
      let watch = try store.makeChangePoller(ids: ids, isNews: isNews)
      state.watch = watch
      return watch
    }
    body(watch)
  }

  package func stopWatching() {
    state.withLock { state in
      state.watch?.stop()
      state.watch = nil
    }
  }

  /// Closes every read connection to the files. The next read opens them again.
  package func closeReaders() {
    store.closeReader()
    state.withLock { $0.watch }?.closeReader()
  }
}
