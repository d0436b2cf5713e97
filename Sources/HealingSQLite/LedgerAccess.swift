import Healing
import Synchronization

/// The reading side of an open ledger, and its run: what changes when the file is opened late or opened anew.
final class LedgerAccess: Sendable {
  private let reader: SQLiteLedgerReader
  private let readerConnection: ReaderConnection
  private let opened = Atomic<Bool>(false)
  private let number = Atomic<Int64>(0)

  private struct State {
    /// Answers reads until the file could be opened; `nil` from then on, and where opening had to succeed.
    var memory: InMemoryLedger?
    var watch: BreakerWatch?
    /// Those that wait for the file to be opened.
    var handlers: [@Sendable ([BreakerSnapshot]) -> Void] = []
  }
  private let state: Lock<State>

  /// - Parameter memory: answers reads until the file has been opened.
  init(file: LedgerFile, memory: InMemoryLedger?) {
    readerConnection = ReaderConnection(unopened: file)
    reader = SQLiteLedgerReader(connection: readerConnection)
    state = Lock(State(memory: memory))
  }

  /// Whether the file has been opened.
  var isOpen: Bool { opened.load(ordering: .acquiring) }
  /// Number of the run on the ledger; 0 before the file has been opened.
  var run: Int64 { number.load(ordering: .relaxed) }
  /// Where reads go.
  var current: any LedgerReader { isOpen ? reader : state.withLock { $0.memory } ?? reader }

  /// Opens the file for reading, so that trouble shows where it can be handled.
  func openReader() throws(LedgerError) { try readerConnection.open() }

  /// The file has been opened, for the first time or anew.
  func open(run: Int64) {
    number.store(run, ordering: .relaxed)
    guard !opened.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let handlers = state.withLock { state in
      state.memory = nil
      defer { state.handlers = [] }
      return state.handlers
    }
    // What other processes have done meanwhile is news to those who waited.
    for handler in handlers { try? watch(handler, isNews: true) }
  }

  /// Records in memory what is also waiting for the file.
  func recordInMemory(_ body: (InMemoryLedger) -> Void) {
    if let memory = state.withLock({ $0.memory }) { body(memory) }
  }

  func watch(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void, isNews: Bool = false) throws(LedgerError) {
    let isWaiting = state.withLock { state in
      guard state.memory != nil else { return false }
      state.handlers.append(handler)
      return true
    }
    if isWaiting { return }
    try state.withLock { state throws(LedgerError) in
      if state.watch == nil {
        state.watch = try BreakerWatch(file: readerConnection.file, process: { [self] in run }, isNews: isNews)
      }
      state.watch?.tell(handler)
    }
  }

  func stopWatching() {
    state.withLock { state in
      state.watch?.stop()
      state.watch = nil
    }
  }

  /// Closes every connection to the files. They are opened again at the next read.
  func closeReaders() {
    readerConnection.close()
    state.withLock { $0.watch }?.closeReader()
  }
}
