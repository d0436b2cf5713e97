import Dispatch
import Healing
import HealingLedger
import Synchronization

/// Looks every so often whether another process has moved a breaker, and says so.
final class BreakerWatch: StoreWatch {
  /// How often it looks. A change is seen within this time and the time of one small query.
  static let interval = DispatchTimeInterval.milliseconds(100)

  private struct State {
    var dataVersion: DataVersion?
    /// The last position of the feed at the last look: what moves later bears this one or a higher one.
    var position: Int64 = 0
    var components: ComponentChanges?
    /// How often another file has taken the place of the ledger.
    var file = 0
  }

  /// `PRAGMA data_version`, which changes when another connection commits. The next connection begins anew with it.
  private struct DataVersion: Equatable {
    let connection: UInt64
    let value: Int64?
  }

  /// What has been done since the last look.
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

  /// Looks from now on.
  /// - Parameters:
  ///   - ids: of this process. They are kept above all that other processes have written, so that what is decided here
  ///     after a look is later than what was seen in it.
  ///   - isNews: whether what is there now is news; if not, it is taken as known.
  init(file: LedgerFile, ids: LedgerIDGenerator, isNews: Bool = false) throws(LedgerError) {
    reader = try ReaderConnection(file: file)
    self.ids = ids
    timer = Lock(DispatchSource.makeTimerSource(queue: DispatchQueue(label: "healing.ledger.watch")))
    if !isNews { _ = changes() }
    timer.withLock { timer in
      timer.setEventHandler { [weak self] in
        guard let self else { return }
        let news = self.changes()
        // A component that was forgotten may have a breaker again.
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

  /// Gives `handler`, from now on, what others have changed; called from a queue of the watch's own.
  func addHandler(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) {
    handlers.withLock { $0.append(handler) }
  }

  /// Closes the connection, which the next look opens again.
  func closeReader() { reader.close() }

  /// Reports everything in the ledger as changed: another file has taken its place.
  func beginAnew() {
    state.withLock { $0 = State(components: ComponentChanges(), file: $0.file + 1) }
  }

  /// The same for components that this process or others have made known or forgotten.
  func addHandler(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) {
    componentHandlers.withLock { $0.append(handler) }
  }

  /// Looks no more.
  func stop() { timer.withLock { $0.cancel() } }

  private struct Look {
    let dataVersion: DataVersion
    var position: Int64 = 0
    var highest: LedgerID?
    var components: ComponentChanges?
    var changes: [ComponentChange] = []
    var moved: [BreakerSnapshot] = []
  }

  /// Nothing when the ledger cannot be read now: the next look will tell.
  private func changes() -> News {
    let last = state.withLock { $0 }
    let result = reader.readNow { connection throws(SQLiteError) -> Look in
      var look = Look(
        dataVersion: DataVersion(
          connection: connection.number, value: try connection.integer("PRAGMA data_version")))
      if look.dataVersion == last.dataVersion { return look }
      look.position = try FeedTable.lastPosition(connection)
      look.highest = try HighestID.ofHistory(connection)
      // A shorter feed is that of another file, of which nothing is known.
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

  /// Whether another process has moved the breaker last, its state or its override.
  private func isOfAnother(_ breaker: BreakerSnapshot) -> Bool {
    let versions = [breaker.stateVersion, breaker.overrideVersion].map(LedgerID.init(rawValue:))
    for version in versions { ids.raise(above: version) }
    return versions.contains { $0.rawValue != 0 && !ids.gaveOut($0) }
  }
}
