import CHealingSQLite
package import Healing

/// Classifies SQLite's result codes (sqlite.org/rescode.html).
extension SQLiteError: SelfClassifyingError {
  package var errorCategory: ErrorCategory? {
    switch code {
    case SQLITE_FULL, SQLITE_NOMEM, SQLITE_IOERR, SQLITE_CANTOPEN: .resource
    case SQLITE_PERM, SQLITE_AUTH, SQLITE_READONLY: .authentication
    case SQLITE_INTERRUPT: .timeout
    case SQLITE_MISUSE: .unknown
    default: .database
    }
  }

  package var errorSeverity: ErrorSeverity? {
    isFull || isCorrupt || code == SQLITE_NOMEM ? .critical : nil
  }

  package var isTransient: Bool? { isBusy || code == SQLITE_INTERRUPT || code == SQLITE_SCHEMA }
}
