import Dispatch
package import Healing
import Synchronization

/// A read-only connection that runs one read at a time on its own queue, so that a slow read blocks no task of the
/// caller. ``ReaderPool`` has several; a deliberately long read opens its own, which has no deadline.
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

  /// Runs `body` in one read transaction, so that all its reads are consistent. Without a deadline; cancelling
  /// the task stops it.
  package func read<Value: Sendable>(
    _ what: String = "rows", _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    try await read(ReadLimit(what, remedy: "", nil, time: SystemTimeSource()), body).get()
  }

  /// Bytes of the log past which a read without a deadline ends. At 256 MiB the programs that write would queue their rows.
  package static let longReadLogBytes: Int64 = 128 << 20

  /// Runs `body` in one read transaction, without a deadline, until the write-ahead log is longer than `logBytes`.
  package func readLong<Value: Sendable>(
    _ what: String, remedy: String, logBytes: Int64 = longReadLogBytes,
    _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    try await read(
      ReadLimit(
        what, remedy: remedy, nil, log: (file.location + "-wal", logBytes), time: SystemTimeSource()), body
    ).get()
  }

  /// Runs `body` in one read transaction, up to a limit.
  func read<Value: Sendable>(
    _ limit: ReadLimit, _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async -> Result<Value, LedgerError> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: self.readNow(limit, body)) }
      }
    } onCancel: {
      limit.cancel()
    }
  }

  /// Runs `body` in a read transaction, unless its result is cached.
  /// - Parameter question: key of the result on this connection.
  func answer<Value: Sendable>(
    _ question: String, _ connection: Connection, _ body: (Connection) throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> Value {
    let version = try connection.integer("PRAGMA data_version") ?? 0
    if let answer: Value = memory.withLock({ $0.recall(question, at: version) }) { return answer }
    let answer = try body(connection)
    memory.withLock { $0.keep(answer, to: question, at: version) }
    return answer
  }

  /// Returns the cached result if the ledger has not changed and no read is in progress. This only reads the
  /// file's shared memory, so it runs on the caller's thread.
  func cachedIfFresh<Value: Sendable>(_ question: String) -> Value? {
    let found = connection.withLockIfAvailable { opened -> Value? in
      guard let opened, opened.isInPlace(file),
        let version = try? opened.connection.integer("PRAGMA data_version")
      else { return nil }
      return memory.withLock { $0.recall(question, at: version) }
    }
    return found ?? nil
  }

  /// The statements that the connection keeps prepared, and the instructions that each has run.
  var preparedStatements: [(sql: String, steps: Int64)] {
    connection.withLock { $0?.connection.preparedStatements ?? [] }
  }

  /// Runs a read transaction on the caller's thread.
  func readNow<Value: Sendable>(
    _ limit: ReadLimit? = nil, _ body: (Connection) throws(SQLiteError) -> Value
  ) -> Result<Value, LedgerError> {
    connection.withLock { slot -> Result<Value, LedgerError> in
      limit?.begin()
      if let limit, let reason = limit.reason { return .failure(limit.error(reason, of: file)) }
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
          connection.setLimit(limit)
          let value = try body(connection)
          connection.setLimit(nil)
          try connection.run("COMMIT")
          return .success(value)
        } catch {
          connection.setLimit(nil)
          try? connection.run("ROLLBACK")
          throw error
        }
      } catch {
        if error.needsReopening { slot = nil }
        if error.isInterrupt, let limit, let reason = limit.reason {
          return .failure(limit.error(reason, of: file))
        }
        return .failure(file.ledgerError(error))
      }
    }
  }
}
