package import Healing
import Synchronization

/// The reading side of an open ledger, and its run: what changes when the file is opened late or opened anew.
package final class LedgerAccess<Store: LedgerStore>: Sendable {
  private let store: Store
  private let ids: LedgerIDGenerator
  private let opened = Atomic<Bool>(false)
  private let number = Atomic<Int64>(0)

  private struct State {
    /// Answers reads until the file could be opened; `nil` from then on, and where opening had to succeed.
    var memory: InMemoryLedger?
    var watch: (any StoreWatch)?
    /// What is to be done with the watch once the file is open.
    var waiting: [@Sendable (any StoreWatch) -> Void] = []
  }
  private let state: Lock<State>

  /// - Parameters:
  ///   - ids: of this process.
  ///   - memory: answers reads until the file has been opened.
  package init(store: Store, ids: LedgerIDGenerator, memory: InMemoryLedger?) {
    self.ids = ids
    self.store = store
    state = Lock(State(memory: memory))
  }

  /// Whether the file has been opened.
  package var isOpen: Bool { opened.load(ordering: .acquiring) }
  /// Number of the run on the ledger; 0 before the file has been opened.
  package var run: Int64 { number.load(ordering: .relaxed) }
  /// Where reads go.
  package var current: any LedgerReader {
    isOpen ? store.reader : state.withLock { $0.memory } ?? store.reader
  }

  /// Opens the file for reading, so that trouble shows where it can be handled.
  package func openReader() throws(LedgerError) { try store.openReader() }

  /// The file has been opened, for the first time or anew.
  /// - Parameter isSameRun: if not, another ledger is under the path than before.
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
    // What other processes have done meanwhile is news to those who waited.
    for body in waiting { try? watching(isNews: true, body) }
  }

  /// Records in memory what is also waiting for the file.
  package func recordInMemory(_ body: (InMemoryLedger) -> Void) {
    if let memory = state.withLock({ $0.memory }) { body(memory) }
  }

  /// Gives `body` the watch over what other processes do: now, or when the file has been opened.
  /// - Parameter isNews: whether what is there now is news to a watch that begins.
  package func watching(isNews: Bool = false, _ body: @escaping @Sendable (any StoreWatch) -> Void)
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
      let watch = try store.makeWatch(ids: ids, isNews: isNews)
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

  /// Closes every connection to the files. They are opened again at the next read.
  package func closeReaders() {
    store.closeReader()
    state.withLock { $0.watch }?.closeReader()
  }
}
