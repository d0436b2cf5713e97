import Dispatch
import Healing
import HealingLedger
import Synchronization

/// Polls the ledger for breakers that other processes have changed and for components that were made known or
/// forgotten, and reports them to handlers.
final class BreakerChangePoller: StoreChangePoller {
  /// Poll interval. A change is reported within this time plus the time of one small query.
  static let interval = DispatchTimeInterval.milliseconds(100)

  private struct State {
    var dataVersion: DataVersion?
    /// The last position of the feed at the last poll. Breakers that move later have this or a higher position.
    var position: Int64 = 0
    var components: ComponentChanges?
    /// How often another file has replaced the ledger.
    var file = 0
  }

  /// `PRAGMA data_version`, which changes when another connection commits. The value is only comparable within
  /// one connection.
  private struct DataVersion: Equatable {
    let connection: UInt64
    let value: Int64?
  }

  /// Changes since the last poll.
  private struct News {
    var components: [ComponentChange] = []
    var breakers: [BreakerSnapshot] = []
  }

  private let reader: ReaderConnection
  private let ids: LedgerIDGenerator
  private let handlers = Lock<[@Sendable ([BreakerSnapshot]) -> Void]>([])
  private let componentHandlers = Lock<[@Sendable ([ComponentChange]) -> Void]>([])
  private let state = Lock(State())
  private let timer: Lock<any DispatchSourceTimer>

  /// Starts polling.
  /// - Parameters:
  ///   - ids: id generator of this process. Each poll raises it above all ids that other processes wrote, so
  ///     that a change decided here after a poll has a higher version than the changes the poll read.
  ///   - isNews: whether the current contents are reported as changes; if not, they count as known.
  init(file: LedgerFile, ids: LedgerIDGenerator, isNews: Bool = false) throws(LedgerError) {
    reader = try ReaderConnection(file: file)
    self.ids = ids
    timer = Lock(DispatchSource.makeTimerSource(queue: DispatchQueue(label: "healing.ledger.watch")))
    if !isNews { _ = changes() }
    timer.withLock { timer in
      timer.setEventHandler { [weak self] in
        guard let self else { return }
        let news = self.changes()
        // Components are reported first: a forgotten component may have a breaker again.
        if !news.components.isEmpty {
          for handler in self.componentHandlers.withLock({ $0 }) { handler(news.components) }
        }
        if !news.breakers.isEmpty {
          for handler in self.handlers.withLock({ $0 }) { handler(news.breakers) }
        }
      }
      timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
      timer.resume()
    }
  }

  deinit { stop() }

  /// Registers a handler for breakers that other processes change. It is called on the watch's queue.
  func addHandler(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) {
    handlers.withLock { $0.append(handler) }
  }

  /// Closes the connection; the next poll opens it again.
  func closeReader() { reader.close() }

  /// Reports everything in the ledger as changed at the next poll, because another file has replaced the
  /// ledger.
  func beginAnew() {
    state.withLock { $0 = State(components: ComponentChanges(), file: $0.file + 1) }
  }

  /// Registers a handler for components that this or other processes have made known or forgotten.
  func addHandler(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) {
    componentHandlers.withLock { $0.append(handler) }
  }

  /// Stops polling.
  func stop() { timer.withLock { $0.cancel() } }

  private struct Look {
    let dataVersion: DataVersion
    var position: Int64 = 0
    var highest: LedgerID?
    var components: ComponentChanges?
    var changes: [ComponentChange] = []
    var moved: [BreakerSnapshot] = []
  }

  /// Returns the changes since the last poll; none when the ledger cannot be read now. The next poll then
  /// returns them.
  private func changes() -> News {
    let last = state.withLock { $0 }
    let result = reader.readNow { connection throws(SQLiteError) -> Look in
      var look = Look(
        dataVersion: DataVersion(
          connection: connection.number, value: try connection.integer("PRAGMA data_version")))
      if look.dataVersion == last.dataVersion { return look }
      look.position = try FeedTable.lastPosition(connection)
      look.highest = try HighestID.ofHistory(connection)
      // A shorter feed belongs to another file, of which nothing is known.
      let isOtherFile = look.position < last.position
      var components: ComponentChanges
      if let known = last.components {
        components = isOtherFile ? ComponentChanges() : known
      } else {
        components = try ComponentChanges(connection)
      }
      look.changes = try components.next(connection)
      look.components = components
      look.moved = try connection.rows(BreakerTable.selectMoved) {
        $0.bind(1, isOtherFile ? 0 : last.position)
      } _: {
        BreakerTable.decode($0)
      }
      return look
    }
    guard case .success(let look) = result, look.dataVersion != last.dataVersion else { return News() }
    let isCurrent = state.withLock { state in
      guard state.file == last.file else { return false }
      state.dataVersion = look.dataVersion
      state.position = look.position
      state.components = look.components
      return true
    }
    guard isCurrent else { return News() }
    if let highest = look.highest { ids.raise(above: highest) }
    return News(components: look.changes, breakers: look.moved.filter(isOfAnother))
  }

  /// Whether another process made the breaker's last change of state or of override. Also raises the id
  /// generator above both versions.
  private func isOfAnother(_ breaker: BreakerSnapshot) -> Bool {
    let versions = [breaker.stateVersion, breaker.overrideVersion].map(LedgerID.init(rawValue:))
    for version in versions { ids.raise(above: version) }
    return versions.contains { $0.rawValue != 0 && !ids.gaveOut($0) }
  }
}
