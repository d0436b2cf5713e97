import CHealingSQLite
import Glibc

/// A failed call into SQLite. The SQL text is kept; bound values are not, because they may be secret.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
  /// The extended result code.
  package let extendedCode: Int32
  /// SQLite's error message.
  package let message: String
  /// The statement; `nil` when the call had none.
  package let sql: String?
  /// The `errno` value of the failed system call for an I/O error; else 0.
  package let systemCode: Int32

  /// - Parameter systemCode: `errno` after the call. SQLite's own record of it is lost at a commit.
  package init(extendedCode: Int32, message: String, sql: String? = nil, systemCode: Int32 = 0) {
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
    self.systemCode = extendedCode & 0xFF == SQLITE_IOERR ? systemCode : 0
  }

  /// A full disk that was noticed before SQLite has.
  static func full(_ message: String) -> SQLiteError {
    SQLiteError(extendedCode: earlyFull, message: message)
  }

  /// No result code of SQLite: it has no extended codes of `SQLITE_FULL`.
  private static let earlyFull = SQLITE_FULL | 1 << 16

  /// Whether the full disk was noticed before SQLite has: what was to be written would have fitted.
  var isEarlyFull: Bool { extendedCode == Self.earlyFull }

  /// The primary result code: the low byte.
  package var code: Int32 { extendedCode & 0xFF }

  package var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// The storage is full: the disk, a quota, or a limit on file size.
  package var isFull: Bool { code == SQLITE_FULL || [ENOSPC, EDQUOT, EFBIG].contains(systemCode) }
  package var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

  /// Writing, truncating or synchronising a file failed.
  package var isWriteError: Bool {
    [SQLITE_IOERR | 3 << 8, SQLITE_IOERR | 4 << 8, SQLITE_IOERR | 6 << 8].contains(extendedCode)
  }
  /// A limit of the connection stopped the statement.
  package var isInterrupt: Bool { code == SQLITE_INTERRUPT }

  /// SQLite rejected only this row: a constraint, a trigger, a value beyond its limits.
  package var isRefusal: Bool {
    code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG || code == SQLITE_RANGE
  }

  /// Only a writable connection can open the file: a journal or a log must be recovered first.
  package var isUndecidedForReaders: Bool {
    [SQLITE_READONLY | 3 << 8, SQLITE_READONLY | 1 << 8, SQLITE_READONLY | 5 << 8].contains(extendedCode)
  }

  /// A row has the id of the row to be inserted.
  var isTakenID: Bool {
    extendedCode == SQLITE_CONSTRAINT | 6 << 8 || extendedCode == SQLITE_CONSTRAINT | 10 << 8
  }

  /// The index of the log cannot be created at the file's location.
  package var isWithoutIndex: Bool {
    code == SQLITE_CANTOPEN || extendedCode == SQLITE_READONLY | 6 << 8 || isUndecidedForReaders
  }

  /// `sum()` or `abs()` of integers overflowed 64 bits. SQLite has no result code for it.
  package var isIntegerOverflow: Bool { code == SQLITE_ERROR && message == "integer overflow" }

  /// The connection's view of the file is not reliable after this error: open it again.
  package var needsReopening: Bool { code == SQLITE_IOERR || isCorrupt || code == SQLITE_CANTOPEN }

  package var description: String {
    let statement =
      sql.map { " in: \($0.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(120))" } ?? ""
    return "SQLite \(extendedCode) (\(message))\(statement)"
  }
}
