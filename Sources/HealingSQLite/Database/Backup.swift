import CHealingSQLite
import Glibc

/// A copy of one database into another in progress. Owns SQLite's backup object and keeps both connections open.
package struct Backup: ~Copyable {
  // Owned: made by Connection.backup, finished in deinit, never handed out.
  private let handle: OpaquePointer
  private let source: Connection
  private let target: Connection

  init(handle: OpaquePointer, source: Connection, target: Connection) {
    self.handle = handle
    self.source = source
    self.target = target
  }

  // Rolls the target back unless every page was copied.
  deinit { sqlite3_backup_finish(handle) }

  /// Copies the next pages. The last step commits the target.
  /// - Returns: whether every page was copied.
  /// - Throws: ``SQLiteError``; the copy cannot be continued after it.
  package func step(pages: Int32) throws(SQLiteError) -> Bool {
    let code = sqlite3_backup_step(handle, pages)
    let systemCode = errno
    switch code {
    case SQLITE_OK: return false
    case SQLITE_DONE: return true
    default:
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)), systemCode: systemCode)
    }
  }

  /// Pages of the source as of the last step; 0 before the first one.
  package var pageCount: Int64 { Int64(sqlite3_backup_pagecount(handle)) }
  /// Pages that are not copied as of the last step.
  package var remainingPages: Int64 { Int64(sqlite3_backup_remaining(handle)) }
}
