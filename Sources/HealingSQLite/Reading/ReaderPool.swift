package import Healing
import Synchronization

/// A pool of read-only connections, each used by one read at a time.
///
/// Reads of the components' state, as for health and metrics, have a connection of their own. They are short: their
/// cost depends on the number of components. Reads of history use the other connections, so no report delays a
/// probe. Connections open on demand, and a read takes the first free one.
package final class ReaderPool: Sendable {
  /// What a read depends on, and with it the connections that it may use.
  enum Kind: Sendable {
    /// The components and their totals.
    case state
    /// Rows of history, or a range of roll-ups.
    case history
  }

  /// Number of connections. Each has a page cache of up to 4 MiB.
  static let size = 4
  /// The longest duration of a read of history.
  package static let deadline = Duration.seconds(5)
  /// Reads of state have a longer deadline: without them an engine cannot start, and they are bounded, because
  /// their cost depends only on the number of components.
  private static let stateDeadlineFactor = 6

  package let file: LedgerFile
  private let deadline: Duration?
  private let time: any TimeSource
  /// The connection for reads of state, with the cache: `PRAGMA data_version` is only comparable within one
  /// connection.
  private let state: ReaderConnection
  private let history: [ReaderConnection]
  private let stateReads = ConcurrencyLimiter(limit: 1)
  private let historyReads: ConcurrencyLimiter
  /// Indexes of the free connections in `history`.
  private let free: Lock<Set<Int>>

  /// Opens one connection immediately, so that the caller receives the error.
  /// - Parameter deadline: the longest duration of a read; `nil`: unlimited.
  package convenience init(file: LedgerFile, deadline: Duration?) throws(LedgerError) {
    self.init(unopened: file, deadline: deadline)
    try open()
  }

  /// Opens at the first read.
  /// - Parameters:
  ///   - size: number of connections, 2 or more.
  ///   - time: measures the deadline.
  init(
    unopened file: LedgerFile, deadline: Duration?, size: Int = ReaderPool.size,
    time: any TimeSource = SystemTimeSource()
  ) {
    self.file = file
    self.deadline = deadline
    self.time = time
    state = ReaderConnection(unopened: file)
    history = (1..<max(2, size)).map { _ in ReaderConnection(unopened: file) }
    historyReads = ConcurrencyLimiter(limit: history.count)
    free = Lock(Set(history.indices))
  }

  /// Opens one connection now.
  func open() throws(LedgerError) { try state.open() }

  /// Closes every connection after its read in progress, which a deadline bounds. Later reads open them again.
  func close() {
    state.close()
    for connection in history { connection.close() }
  }

  /// Runs `body` in one read transaction, so that all its reads are consistent. Waits for a free connection. The
  /// deadline begins with the transaction.
  /// - Parameters:
  ///   - what: what is read, for the error at the deadline.
  ///   - kind: which connections the read may use.
  /// - Throws: `LedgerError`, with code `deadlineExceeded` when the read was stopped at its deadline, and `cancelled`
  ///   when the task was cancelled.
  func read<Value: Sendable>(
    _ what: String = "rows", of kind: Kind = .history,
    _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    let remedy = kind == .history ? "ask for a narrower range or fewer rows" : "read it again"
    let longest = kind == .history ? deadline : deadline.map { $0 * Self.stateDeadlineFactor }
    let limit = ReadLimit(what, remedy: remedy, longest, time: time)
    let result: Result<Value, LedgerError>
    do {
      switch kind {
      case .state: result = try await stateReads.run { [state] in await state.read(limit, body) }
      case .history: result = try await historyReads.run { await self.readHistory(limit, body) }
      }
    } catch {
      // The queue is unlimited, so the task was cancelled while it waited.
      throw limit.error(.cancelled, of: file)
    }
    return try result.get()
  }

  private func readHistory<Value: Sendable>(
    _ limit: ReadLimit, _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async -> Result<Value, LedgerError> {
    // The limiter admits one read for each connection, so one is free.
    let index = free.withLock { free in free.min().flatMap { free.remove($0) } } ?? 0
    defer { free.withLock { _ = $0.insert(index) } }
    return await history[index].read(limit, body)
  }

  /// Runs a frequent read of state with a cache. A result is cached until `PRAGMA data_version` shows a commit by
  /// another connection, so it is as fresh as a new read.
  /// - Parameters:
  ///   - what: what is read, for the error at the deadline.
  ///   - key: with `what` the key of the result.
  func readCached<Value: Sendable>(
    _ what: String, key: String? = nil, _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    let question = key.map { "\(what) \($0)" } ?? what
    if let answer: Value = state.cachedIfFresh(question) { return answer }
    return try await read(what, of: .state) { [state] connection throws(SQLiteError) in
      try state.answer(question, connection, body)
    }
  }

  /// The statements that the open connections keep prepared, and the instructions that each has run.
  var preparedStatements: [(sql: String, steps: Int64)] { ([state] + history).flatMap(\.preparedStatements) }

  /// Returns the last `limit` rows of a history table, newest last.
  /// - Parameters:
  ///   - select: a statement to which `WHERE` can be appended, with `component` as `c`.
  ///   - table: the alias whose `id` orders the rows.
  ///   - what: what is read, for the error at the deadline.
  func recent<Value: Sendable>(
    _ select: String, table: String, component: ComponentName?, limit: Int, what: String = "the last rows",
    _ decode: @escaping @Sendable (Row) -> Value
  ) async throws(LedgerError) -> [Value] {
    let sql = Self.recent(select, table: table, ofOne: component != nil)
    return try await read(what) { connection throws(SQLiteError) in
      try connection.rows(sql) { statement in
        statement.bind(1, limit)
        if let component { statement.bind(2, component.text) }
      } _: {
        decode($0)
      }.reversed()
    }
  }

  /// Returns the last `limit` rows of a history table within a range, newest last. They are found by their ids, which carry their
  /// time of issue, an hour before and after the range included. Ids that ran ahead of a wrong clock, which the newest row or the
  /// first one after the range shows, have no upper bound.
  /// - Parameters:
  ///   - select: a statement to which `WHERE` can be appended, with `component` as `c`.
  ///   - name: the table's name.
  ///   - table: its alias in the statement.
  ///   - what: what is read, for the error at the deadline.
  func recent<Value: Sendable>(
    _ select: String, of name: String, table: String, _ range: LedgerRange, component: ComponentName?,
    limit: Int, what: String, _ decode: @escaping @Sendable (Row) -> Value
  ) async throws(LedgerError) -> [Value] {
    let filter =
      component == nil ? "" : " AND \(table).component_id = (SELECT id FROM component WHERE name = ?6)"
    let sql = """
      \(select) WHERE \(table).id >= ?2 AND \(table).id <= iif(
          (SELECT x.at FROM \(name) x WHERE x.id > ?3 ORDER BY x.id LIMIT 1) < ?5
            OR (SELECT x.at FROM \(name) x WHERE x.id > ?3 ORDER BY x.id DESC LIMIT 1) < ?5,
          \(Int64.max), ?3)
        AND \(table).at >= ?4 AND \(table).at < ?5\(filter) ORDER BY \(table).id DESC LIMIT ?1
      """
    let (since, until) = (range.since?.microseconds ?? .min, range.until?.microseconds ?? .max)
    return try await read(what) { connection throws(SQLiteError) in
      try connection.rows(sql) { statement in
        statement.bind(1, limit)
        statement.bind(
          2,
          range.since.map { LedgerIDGenerator.highest(at: $0 + .seconds(-3_600)).rawValue & ~0x3F_FFFF }
            ?? .min)
        statement.bind(
          3, range.until.map { LedgerIDGenerator.highest(at: $0 + .seconds(3_600)).rawValue } ?? .max)
        statement.bind(4, since)
        statement.bind(5, until)
        if let component { statement.bind(6, component.text) }
      } _: {
        decode($0)
      }.reversed()
    }
  }

  /// - Parameter ofOne: whether to select the rows of one component; its name is the second parameter, the
  ///   limit the first.
  static func recent(_ select: String, table: String, ofOne: Bool) -> String {
    let filter = ofOne ? " WHERE \(table).component_id = (SELECT id FROM component WHERE name = ?2)" : ""
    return "\(select)\(filter) ORDER BY \(table).id DESC LIMIT ?1"
  }
}
