import Dispatch
import Healing
import Synchronization

/// Looks every so often whether another process has moved a breaker, and says so.
final class BreakerWatch: Sendable {
  /// How often it looks. A change is seen within this time and the time of one small query.
  static let interval = DispatchTimeInterval.milliseconds(100)

  private struct State {
    /// `PRAGMA data_version` at the last look: it changes when another connection commits.
    var dataVersion: Int64?
    /// The version of each other process's breaker at the last look.
    var versions: [ComponentName: Int64] = [:]
    var components: ComponentChanges?
  }

  /// What has been done since the last look.
  private struct News {
    var components: [ComponentChange] = []
    var breakers: [BreakerSnapshot] = []
  }

  private let reader: ReaderConnection
  private let process: Int64
  private let handlers = Lock<[@Sendable ([BreakerSnapshot]) -> Void]>([])
  private let componentHandlers = Lock<[@Sendable ([ComponentChange]) -> Void]>([])
  private let state = Lock(State())
  private let timer: Lock<any DispatchSourceTimer>

  /// Takes what is there now as known, and looks from now on.
  /// - Parameter process: whose own changes are no news.
  init(file: LedgerFile, process: Int64) throws(LedgerError) {
    reader = try ReaderConnection(file: file)
    self.process = process
    timer = Lock(DispatchSource.makeTimerSource(queue: DispatchQueue(label: "healing.ledger.watch")))
    _ = changes()
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
  func tell(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) {
    handlers.withLock { $0.append(handler) }
  }

  /// The same for components that this process or others have made known or forgotten.
  func tell(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) {
    componentHandlers.withLock { $0.append(handler) }
  }

  /// Looks no more.
  func stop() { timer.withLock { $0.cancel() } }

  /// Nothing when the ledger cannot be read now: the next look will tell.
  private func changes() -> News {
    let (last, known) = state.withLock { ($0.dataVersion, $0.components) }
    typealias Look = (
      dataVersion: Int64?, components: ComponentChanges?, changes: [ComponentChange],
      breakers: [(BreakerSnapshot, Int64)]
    )
    let result = reader.readNow { connection throws(SQLiteError) -> Look in
      let now = try connection.integer("PRAGMA data_version")
      if now == last { return (now, known, [], []) }
      var components: ComponentChanges
      if let known { components = known } else { components = try ComponentChanges(connection) }
      let changes = try components.next(connection)
      let rows = try connection.rows(BreakerTable.selectOthers) {
        $0.bind(1, self.process)
      } _: {
        (BreakerTable.decode($0), $0.integer(19))
      }
      return (now, components, changes, rows)
    }
    guard case .success(let look) = result else { return News() }
    return state.withLock { state in
      state.dataVersion = look.dataVersion
      state.components = look.components
      for case .forgotten(let name, _) in look.changes { state.versions[name] = nil }
      let breakers = look.breakers.compactMap { snapshot, version -> BreakerSnapshot? in
        guard state.versions[snapshot.component] != version else { return nil }
        state.versions[snapshot.component] = version
        return snapshot
      }
      return News(components: look.changes, breakers: breakers)
    }
  }
}
