package import Healing

/// Reads the tables of a ledger in steps, each a short read transaction, so that no snapshot keeps the log from being
/// copied into the ledger. Rows that are committed during an export may be in it or not.
package struct LedgerExport: Sendable {
  /// Rows of one read transaction.
  package static let rowsPerStep = 5_000

  private let reader: ReaderConnection
  /// Identity of the ledger.
  package let identity: String

  /// Opens the ledger for reading.
  /// - Throws: `LedgerError`.
  package init(path: String) async throws(LedgerError) {
    let reader = try ReaderConnection(file: LedgerFile(path: path))
    self.reader = reader
    identity = try await reader.read { connection throws(SQLiteError) in
      try LedgerIdentity.forExport(connection)
    }
  }

  /// Reads the next rows of a table.
  /// - Throws: `LedgerError`.
  package func step(_ table: TransferTable, after cursor: TransferCursor?, _ range: LedgerRange)
    async throws(LedgerError) -> TransferStep
  {
    try await reader.read { connection throws(SQLiteError) in
      try table.step(after: cursor, range, limit: Self.rowsPerStep, connection)
    }
  }
}
