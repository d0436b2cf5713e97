import CHealingSQLite
import Glibc

/// A call into SQLite that failed. The SQL text is kept, bound values are not: they may be secret.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
  /// The extended result code.
  package let extendedCode: Int32
  /// SQLite's own words.
  package let message: String
  /// The statement, when there was one.
  package let sql: String?
  /// The `errno` value of the system call that failed, when it was an error of input or output; else 0.
  package let systemCode: Int32

  /// - Parameter systemCode: `errno` as it was after the call. SQLite's own record of it is not kept for a commit.
  package init(extendedCode: Int32, message: String, sql: String? = nil, systemCode: Int32 = 0) {
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
    self.systemCode = extendedCode & 0xFF == SQLITE_IOERR ? systemCode : 0
  }

  /// The primary result code: the low byte.
  package var code: Int32 { extendedCode & 0xFF }

  package var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// There is no room: on the disk, in a quota, or under a limit on the size of files.
  package var isFull: Bool { code == SQLITE_FULL || [ENOSPC, EDQUOT, EFBIG].contains(systemCode) }
  package var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

  /// SQLite takes everything but this row: a constraint, a trigger, a value beyond its limits.
  package var isRefusal: Bool {
    code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG || code == SQLITE_RANGE
  }

  /// Only a connection that can write can look at the file: a journal or a log has to be played back first.
  package var isUndecidedForReaders: Bool {
    [SQLITE_READONLY | 3 << 8, SQLITE_READONLY | 1 << 8, SQLITE_READONLY | 5 << 8].contains(extendedCode)
  }

  /// The index of the log cannot be made where the file is.
  package var isWithoutIndex: Bool {
    code == SQLITE_CANTOPEN || extendedCode == SQLITE_READONLY | 6 << 8 || isUndecidedForReaders
  }

  /// `sum()` of integers that do not fit into 64 bits, or their `abs()`. The library has no result code for it.
  package var isIntegerOverflow: Bool { code == SQLITE_ERROR && message == "integer overflow" }

  /// After these the connection's view of the file is not to be trusted: open it again.
  package var needsReopening: Bool { code == SQLITE_IOERR || isCorrupt || code == SQLITE_CANTOPEN }

  package var description: String {
    let statement =
      sql.map { " in: \($0.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(120))" } ?? ""
    return "SQLite \(extendedCode) (\(message))\(statement)"
  }
}
