import Dispatch
package import Healing
import Synchronization

/// A read-only connection and the thread its reads run on, so that a slow report blocks no task of the caller's.
package final class ReaderConnection: Sendable {
  package let file: LedgerFile
  private let connection: Lock<Connection?>
  private let queue = DispatchQueue(label: "healing.ledger.reader")

  /// Opens at once, so that trouble shows where it can be handled.
  package init(file: LedgerFile) throws(LedgerError) {
    self.file = file
    connection = Lock(try file.openReader())
  }

  /// Runs `body` in one read transaction: all it reads belongs together.
  package func read<Value: Sendable>(
    _ body: @escaping @Sendable (Connection) throws(SQLiteError) -> Value
  ) async throws(LedgerError) -> Value {
    let result = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.readNow(body)) }
    }
    return try result.get()
  }

  /// The same on the caller's own thread.
  func readNow<Value: Sendable>(
    _ body: (Connection) throws(SQLiteError) -> Value
  ) -> Result<Value, LedgerError> {
    connection.withLock { slot -> Result<Value, LedgerError> in
      do throws(SQLiteError) {
        let connection: Connection
        if let open = slot {
          connection = open
        } else {
          do throws(LedgerError) {
            connection = try file.openReader()
          } catch {
            return .failure(error)
          }
          slot = connection
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

  /// The last `limit` rows of a history table, newest last.
  /// - Parameters:
  ///   - select: ends where `WHERE` may follow; joins `component` as `c`.
  ///   - table: the alias whose `id` orders the rows.
  func recent<Value: Sendable>(
    _ select: String, table: String, component: ComponentName?, limit: Int,
    _ decode: @escaping @Sendable (Row) -> Value
  ) async throws(LedgerError) -> [Value] {
    let filter =
      component == nil ? "" : " WHERE \(table).component_id = (SELECT id FROM component WHERE name = ?2)"
    return try await read { connection throws(SQLiteError) in
      try connection.rows("\(select)\(filter) ORDER BY \(table).id DESC LIMIT ?1") { statement in
        statement.bind(1, limit)
        if let component { statement.bind(2, component.text) }
      } _: {
        decode($0)
      }.reversed()
    }
  }
}
