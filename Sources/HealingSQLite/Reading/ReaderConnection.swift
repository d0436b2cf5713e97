import Dispatch
package import Healing
import Synchronization

/// A read-only connection with a dedicated queue for its reads, so that a slow report blocks no task of the
/// caller.
package final class ReaderConnection: Sendable {
  package let file: LedgerFile
  private let connection: Lock<Opened?>
  private let memory = Lock(QueryCache())
  private let queue = DispatchQueue(label: "healing.ledger.reader")

  /// A connection and the identities of its open files.
  private struct Opened {
    let connection: Connection
    private let files: Files

    private struct Files: Equatable {
      /// Device and inode of the ledger, and of its log's index where there is one.
      let numbers: [UInt64]

      init?(_ file: LedgerFile) {
        guard let ledger = FileIdentity(path: file.location) else { return nil }
        let index = FileIdentity(path: file.indexPath)
        numbers = [ledger.device, ledger.inode, index?.device ?? 0, index?.inode ?? 0]
      }
    }

    init(_ file: LedgerFile) throws(LedgerError) {
      connection = try file.openReader()
      guard let files = Files(file) else { throw file.moved(file.location) }
      self.files = files
    }

    /// Whether the open files are those under the path. A reader would read replaced files indefinitely.
    func isInPlace(_ file: LedgerFile) -> Bool { Files(file) == files }
  }

  /// Opens immediately, so that the caller receives the error.
  package convenience init(file: LedgerFile) throws(LedgerError) {
    self.init(unopened: file)
    try open()
  }

  /// Opens at the first read.
  init(unopened file: LedgerFile) {
    self.file = file
    connection = Lock(nil)
  }

  /// Opens now.
  func open() throws(LedgerError) {
    try connection.withLock { slot throws(LedgerError) in
      if slot == nil { slot = try Opened(file) }
    }
  }

  /// Closes the connection after a read in progress. The next read opens it again.
  func close() {
    connection.withLock { slot in
      slot = nil
      memory.withLock { $0.forget() }
    }
  }

  /// Runs `body` in one read transaction, so that all its reads are consistent.
  package func read<Value: Sendable>(
    _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    let result = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.readNow(body)) }
    }
    return try result.get()
  }

  /// Runs a frequent read with a cache. A result is cached until `PRAGMA data_version` shows a commit by
  /// another connection, so it is as fresh as a new read.
  /// - Parameter question: key of the result on this connection.
  func readCached<Value: Sendable>(
    _ question: String, _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    if let answer: Value = cachedIfFresh(question) { return answer }
    return try await read { connection throws(SQLiteError) in
      let version = try connection.integer("PRAGMA data_version") ?? 0
      if let answer: Value = self.memory.withLock({ $0.recall(question, at: version) }) { return answer }
      let answer = try body(connection)
      self.memory.withLock { $0.keep(answer, to: question, at: version) }
      return answer
    }
  }

  /// Returns the cached result if the ledger has not changed and no read is in progress. This only reads the
  /// file's shared memory, so it runs on the caller's thread.
  private func cachedIfFresh<Value: Sendable>(_ question: String) -> Value? {
    let found = connection.withLockIfAvailable { opened -> Value? in
      guard let opened, opened.isInPlace(file),
        let version = try? opened.connection.integer("PRAGMA data_version")
      else { return nil }
      return memory.withLock { $0.recall(question, at: version) }
    }
    return found ?? nil
  }

  /// Runs a read transaction on the caller's thread.
  func readNow<Value: Sendable>(
    _ body: (Connection) throws(SQLiteError) -> Value
  ) -> Result<Value, LedgerError> {
    connection.withLock { slot -> Result<Value, LedgerError> in
      do throws(SQLiteError) {
        let connection: Connection
        if let open = slot, open.isInPlace(file) {
          connection = open.connection
        } else {
          let wasOpen = slot != nil
          slot = nil
          // `PRAGMA data_version` is not comparable between connections.
          memory.withLock { $0.forget() }
          do throws(LedgerError) {
            let opened = try Opened(file)
            connection = opened.connection
            slot = opened
          } catch {
            return .failure(
              wasOpen && FileIdentity(path: file.location) == nil ? file.moved(file.location) : error)
          }
        }
        try connection.run("BEGIN")
        do throws(SQLiteError) {
          let value = try body(connection)
          try connection.run("COMMIT")
          return .success(value)
        } catch {
          try? connection.run("ROLLBACK")
          throw error
        }
      } catch {
        if error.needsReopening { slot = nil }
        return .failure(file.ledgerError(error))
      }
    }
  }

  /// Returns the last `limit` rows of a history table, newest last.
  /// - Parameters:
  ///   - select: a statement to which `WHERE` can be appended, with `component` as `c`.
  ///   - table: the alias whose `id` orders the rows.
  func recent<Value: Sendable>(
    _ select: String, table: String, component: ComponentName?, limit: Int,
    _ decode: @escaping @Sendable (Row) -> Value
  ) async throws(LedgerError) -> [Value] {
    let sql = Self.recent(select, table: table, ofOne: component != nil)
    return try await read { connection throws(SQLiteError) in
      try connection.rows(sql) { statement in
        statement.bind(1, limit)
        if let component { statement.bind(2, component.text) }
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
